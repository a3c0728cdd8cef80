/** The load that is promised (SCA6 to SCA9). */
export const PROMISED = Object.freeze({
  users: 100_000_000,
  concurrentUsers: 1_000_000,
  /** Transactions of the databases, all together. */
  transactionsPerSecond: 50_000,
  /** Statements of the databases, all together, those in transactions included. */
  queriesPerSecond: 500_000,
});

/** What can't be measured on one machine. Each is said in the page, with why. */
export const ASSUMPTIONS = Object.freeze({
  /** Seconds between two requests of somebody who looks around. */
  thinkSeconds: 10,
  /** Part of them that the edge answers: pictures, scripts, pages of products for who is nobody yet. */
  edgeShare: 0.7,
  /** Part of the rest that is a rendered page, and not a call of the API. */
  pageShare: 0.3,
  /** A page makes ten calls in process at 0.2 ms (ADR 0020), and is rendered. */
  pageCpuMs: 3,
  /** A virtual core is a thread of a core; two threads do what 1.2 cores would. */
  coresPerVcpu: 0.6,
  /** What CockroachDB, serialisable and with three copies, takes for what PostgreSQL does in 1. */
  databaseFactor: 4,
  /** Standbys apply every write once more. */
  standbyFactor: 1.35,
  /** Machines are planned to be this busy at the promised load. */
  utilisation: 0.6,
  /** Bytes of an order with all that belongs to it, once; and orders of a user in a year. */
  orderBytes: 20_000,
  ordersPerUserYear: 12,
  userBytes: 8_000,
  yearsKept: 3,
  /** Copies: three in the cell, three in its standby's. */
  copies: 6,
});

/** Part of the load of each jurisdiction, by its people who buy on the net. */
export const SHARES: Readonly<Record<string, number>> = Object.freeze({
  us: 0.3,
  eu: 0.25,
  in: 0.1,
  br: 0.08,
  jp: 0.08,
  uk: 0.06,
  ca: 0.04,
  au: 0.03,
  sg: 0.02,
  ae: 0.02,
  sa: 0.02,
});

/** Machines, by their names in the cloud. */
export const MACHINES = Object.freeze({
  app: { vmSize: 'Standard_D16ds_v5', vcpus: 16 },
  data: { vmSize: 'Standard_E16ds_v5', vcpus: 16 },
  router: { vmSize: 'Standard_D8ds_v5', vcpus: 8 },
});

/** Dollars a month, list prices without any agreement, rounded; replace them by those of your contract. */
export const PRICES = Object.freeze({
  appNode: 660,
  dataNode: 840,
  routerNode: 330,
  systemNode: 165,
  diskGib: 0.09,
  cluster: 73,
  redis: 1_100,
  eventHubsUnit: 750,
  /** Vault, endpoints, logs, metrics, backups, addresses of one unit. */
  unitRest: 1_500,
  hub: 185,
  /** Edge, DDoS plan, registry with its copies, gateway for partners, directory. */
  world: 330 + 2_945 + 2_500 + 3 * 2_800 + 4_000,
});
