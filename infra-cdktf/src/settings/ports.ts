/** Ports inside the clusters. They follow from nothing: every process has an address of its own. */
export const PORTS = Object.freeze({
  /** Cells, routers, control plane and sandbox gateway. */
  service: 8080,
  /** Routers: health, status, table, metrics. */
  admin: 8081,
  database: 26257,
  /** Between nodes of the database, and its metrics. */
  databaseHttp: 8088,
  search: 9200,
  searchTransport: 9300,
  redis: 10000,
  kafka: 9093,
  https: 443,
});
