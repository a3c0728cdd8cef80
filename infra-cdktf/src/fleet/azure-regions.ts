import { fail } from './fault.ts';

/** A place where machines of the cloud stand. */
export interface AzureRegion {
  /** As its API spells it. */
  readonly name: string;
  /** ISO 3166-1 alpha-2: whose law its disks are under. */
  readonly country: string;
  /** Data centres that fail apart; empty where the region has one only. */
  readonly zones: readonly string[];
  readonly latitude: number;
  readonly longitude: number;
}

const THREE = Object.freeze(['1', '2', '3']);
const NONE: readonly string[] = Object.freeze([]);

/**
 * Regions that the fleet may use. A region that is not here is refused everywhere, so a slip of the
 * pen can't put a disk into a country that nobody has thought about.
 */
const REGIONS: readonly AzureRegion[] = [
  region('germanywestcentral', 'DE', THREE, 50.11, 8.68),
  region('francecentral', 'FR', THREE, 46.38, 2.37),
  region('westeurope', 'NL', THREE, 52.37, 4.9),
  region('eastus', 'US', THREE, 37.37, -79.82),
  region('westus3', 'US', THREE, 33.45, -112.07),
  region('uksouth', 'GB', THREE, 50.94, -0.8),
  region('ukwest', 'GB', NONE, 53.43, -3.08),
  region('canadacentral', 'CA', THREE, 43.65, -79.38),
  region('canadaeast', 'CA', NONE, 46.82, -71.22),
  region('brazilsouth', 'BR', THREE, -23.55, -46.63),
  region('brazilsoutheast', 'BR', NONE, -22.91, -43.21),
  region('southeastasia', 'SG', THREE, 1.28, 103.83),
  region('japaneast', 'JP', THREE, 35.68, 139.77),
  region('japanwest', 'JP', THREE, 34.69, 135.5),
  region('australiaeast', 'AU', THREE, -33.86, 151.21),
  region('australiasoutheast', 'AU', NONE, -37.81, 144.96),
  region('centralindia', 'IN', THREE, 18.58, 73.92),
  region('southindia', 'IN', NONE, 12.98, 80.16),
  region('uaenorth', 'AE', THREE, 25.27, 55.3),
  region('uaecentral', 'AE', NONE, 24.47, 54.37),
  region('saudiarabiaeast', 'SA', THREE, 26.43, 50.1),
];

function region(
  name: string,
  country: string,
  zones: readonly string[],
  latitude: number,
  longitude: number,
): AzureRegion {
  return Object.freeze({ name, country, zones, latitude, longitude });
}

const byName: ReadonlyMap<string, AzureRegion> = new Map(REGIONS.map((each) => [each.name, each]));

/** The region of a name. @throws InfraFault where it is not one that the fleet may use */
export function azureRegion(name: string): AzureRegion {
  return (
    byName.get(name) ??
    fail(`The region "${name}" is not in use.`, `Add it to src/fleet/azure-regions.ts.`)
  );
}

/** The region of a name, undefined where the fleet may not use it. */
export function findAzureRegion(name: string): AzureRegion | undefined {
  return byName.get(name);
}
