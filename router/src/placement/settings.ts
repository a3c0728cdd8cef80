import { StartupFault } from '@commerce/service/part';
import { type Static, Type } from 'typebox';
import {
  bundledDatabasePath,
  type CountryDatabase,
  openCountryDatabase,
} from './country-database.ts';
import { createRouterPool, type RouterPool } from './router-pools.ts';

const HEADER_NAME = '^[a-z][a-z0-9-]{0,63}$';

/** Settings of the placement of new shoppers, by their names in the environment. */
export const PLACEMENT_SETTINGS = {
  /** Header in which a trusted proxy or CDN tells the client's country. */
  COUNTRY_HEADER: Type.String({ default: 'x-client-country', pattern: HEADER_NAME }),
  /** `bundled`, `none`, or the path of a country database in the mmdb format. */
  COUNTRY_DATABASE: Type.String({ default: 'bundled', minLength: 1 }),
  /** Names of the routers that share the hosts, joined by commas; without it each serves all hosts. */
  ROUTER_POOL: Type.Optional(Type.String({ minLength: 1 })),
  /** This router's own name in the pool. */
  ROUTER_NAME: Type.Optional(Type.String({ minLength: 1 })),
  /** Routers of the pool that serve one host. */
  ROUTER_POOL_HAND: Type.Integer({ minimum: 1, maximum: 64, default: 2 }),
};
const PlacementSettings = Type.Object(PLACEMENT_SETTINGS);
type PlacementSettings = Static<typeof PlacementSettings>;

/** What new shoppers are placed by, besides the table. */
export interface PlacementOptions {
  readonly countryHeader: string;
  /** Undefined: an address says nothing of a country. */
  readonly countries: CountryDatabase | undefined;
  /** Undefined: this router serves every host. */
  readonly pool: RouterPool | undefined;
}

/** Reads the options. @throws StartupFault where a file or a name is wrong */
export function readPlacementOptions(settings: PlacementSettings): PlacementOptions {
  return Object.freeze({
    countryHeader: settings.COUNTRY_HEADER,
    countries: openConfigured(settings.COUNTRY_DATABASE),
    pool: readPool(settings),
  });
}

function openConfigured(database: string): CountryDatabase | undefined {
  if (database === 'none') return undefined;
  return openCountryDatabase(database === 'bundled' ? bundledDatabasePath() : database);
}

function readPool(settings: PlacementSettings): RouterPool | undefined {
  const { ROUTER_POOL, ROUTER_NAME, ROUTER_POOL_HAND } = settings;
  if (ROUTER_POOL === undefined) return undefined;
  if (ROUTER_NAME === undefined) {
    throw new StartupFault(
      'The setting ROUTER_NAME is missing: a router of a pool has to know which one it is.',
      'Give it one of the names in ROUTER_POOL.',
    );
  }
  const members = ROUTER_POOL.split(',').map((member) => member.trim());
  return createRouterPool({ name: ROUTER_NAME, members, handSize: ROUTER_POOL_HAND });
}
