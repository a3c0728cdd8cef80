/** What a pool of machines is made of. Counts are for the whole pool, not for a zone. */
export interface PoolSize {
  readonly vmSize: string;
  readonly nodesMin: number;
  readonly nodesMax: number;
}

/** How large everything of an environment is. Nothing else differs between environments but names. */
export interface Sizes {
  readonly systemPool: PoolSize;
  readonly appPool: PoolSize;
  readonly dataPool: PoolSize;
  readonly routerPool: PoolSize;
  /** Processes of a deployable: the least that run, and the most that are started under load. */
  readonly replicas: { readonly min: number; readonly max: number };
  readonly database: { readonly nodes: number; readonly diskGiB: number };
  readonly search: { readonly nodes: number; readonly diskGiB: number };
  readonly redisSku: string;
  readonly eventHubsUnits: number;
  readonly backupRetentionDays: number;
  readonly logRetentionDays: number;
  readonly apiManagementSku: string;
}

/** Small, but with all parts: three zones, three databases, two copies of everything. */
export const SMALL: Sizes = Object.freeze({
  systemPool: { vmSize: 'Standard_D2ds_v5', nodesMin: 3, nodesMax: 3 },
  appPool: { vmSize: 'Standard_D4ds_v5', nodesMin: 3, nodesMax: 6 },
  dataPool: { vmSize: 'Standard_E4ds_v5', nodesMin: 3, nodesMax: 3 },
  routerPool: { vmSize: 'Standard_D2ds_v5', nodesMin: 3, nodesMax: 6 },
  replicas: { min: 3, max: 6 },
  database: { nodes: 3, diskGiB: 128 },
  search: { nodes: 3, diskGiB: 64 },
  redisSku: 'Balanced_B3',
  eventHubsUnits: 1,
  backupRetentionDays: 7,
  logRetentionDays: 30,
  apiManagementSku: 'Premium_1',
});

/** For real shoppers; `npm run infra -- capacity` tells how many such cells a load needs. */
export const LARGE: Sizes = Object.freeze({
  systemPool: { vmSize: 'Standard_D4ds_v5', nodesMin: 3, nodesMax: 6 },
  appPool: { vmSize: 'Standard_D16ds_v5', nodesMin: 3, nodesMax: 60 },
  dataPool: { vmSize: 'Standard_E16ds_v5', nodesMin: 6, nodesMax: 36 },
  routerPool: { vmSize: 'Standard_D8ds_v5', nodesMin: 3, nodesMax: 30 },
  replicas: { min: 3, max: 50 },
  database: { nodes: 6, diskGiB: 2_048 },
  search: { nodes: 3, diskGiB: 1_024 },
  redisSku: 'Balanced_B50',
  eventHubsUnits: 4,
  backupRetentionDays: 35,
  logRetentionDays: 90,
  apiManagementSku: 'Premium_3',
});
