import { fail } from './fault.ts';
import { CELL_PLACEMENTS } from './placements.ts';
import { LARGE, SMALL, type Sizes } from './sizes.ts';

/** A fleet of its own: its names, its size and its cells. Data alone; all environments run the same code. */
export interface Environment {
  readonly name: string;
  /** Three letters, for names that have to be short. */
  readonly short: string;
  /** Domain of the shop; everything else is below it. */
  readonly domain: string;
  readonly cells: readonly string[];
  /** Waves of a rollout: cells that go together; the first is the canary. */
  readonly waves: readonly (readonly string[])[];
  readonly controlPlaneRegion: string;
  readonly sizes: Sizes;
  /** Whether locks that nobody can take back (immutable storage, deletion) are set. */
  readonly isLocked: boolean;
  /** Certificate authority that the key vaults ask; `Self` signs them itself. */
  readonly certificateIssuer: string;
  /** Base URL of the payment gateway; undefined: the sandbox gateway runs beside the control plane. */
  readonly gatewayUrl: string | undefined;
  readonly operatorsEmail: string;
  /** Account of the other cloud, in which the directory's tables are. */
  readonly directoryAccount: string;
}

const ALL_CELLS = Object.freeze(Object.keys(CELL_PLACEMENTS));

/** First the smallest market, then one cell of each jurisdiction, then their partners. */
const PRODUCTION_WAVES: readonly (readonly string[])[] = [
  ['sa-east-2'],
  ['eu-nl-1'],
  [
    'eu-de-1',
    'us-west-1',
    'uk-west-1',
    'ca-east-1',
    'br-southeast-1',
    'sg-west-1',
    'jp-west-1',
    'au-southeast-1',
    'in-south-1',
    'ae-central-1',
    'sa-east-1',
  ],
  [
    'eu-fr-1',
    'us-east-1',
    'uk-south-1',
    'ca-central-1',
    'br-south-1',
    'sg-east-1',
    'jp-east-1',
    'au-east-1',
    'in-central-1',
    'ae-north-1',
  ],
];

const ENVIRONMENTS: readonly Environment[] = [
  {
    name: 'dev',
    short: 'dev',
    domain: 'dev.commerce.example',
    cells: ['eu-de-1', 'eu-fr-1'],
    waves: [['eu-fr-1'], ['eu-de-1']],
    controlPlaneRegion: 'germanywestcentral',
    sizes: SMALL,
    isLocked: false,
    certificateIssuer: 'Self',
    gatewayUrl: undefined,
    operatorsEmail: 'operators@dev.commerce.example',
    directoryAccount: '000000000001',
  },
  {
    name: 'staging',
    short: 'stg',
    domain: 'staging.commerce.example',
    cells: ['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1'],
    waves: [['eu-fr-1'], ['us-west-1'], ['eu-de-1', 'us-east-1']],
    controlPlaneRegion: 'germanywestcentral',
    sizes: SMALL,
    isLocked: false,
    certificateIssuer: 'Self',
    gatewayUrl: undefined,
    operatorsEmail: 'operators@staging.commerce.example',
    directoryAccount: '000000000002',
  },
  {
    name: 'production',
    short: 'prd',
    domain: 'commerce.example',
    cells: ALL_CELLS,
    waves: PRODUCTION_WAVES,
    controlPlaneRegion: 'germanywestcentral',
    sizes: LARGE,
    isLocked: true,
    certificateIssuer: 'DigiCert',
    gatewayUrl: 'https://payments.commerce.example',
    operatorsEmail: 'operators@commerce.example',
    directoryAccount: '000000000003',
  },
].map((each) => Object.freeze(each));

/** All environments, the smallest first. */
export function allEnvironments(): readonly Environment[] {
  return ENVIRONMENTS;
}

/** The environment of a name. @throws InfraFault where there is none */
export function environment(name: string | undefined): Environment {
  const names = ENVIRONMENTS.map((each) => each.name).join(', ');
  return (
    ENVIRONMENTS.find((each) => each.name === name) ??
    fail(
      name === undefined ? 'No environment is named.' : `There is no environment "${name}".`,
      `Name one of ${names}.`,
    )
  );
}
