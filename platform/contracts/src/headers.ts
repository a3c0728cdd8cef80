/** Names of the HTTP headers that the platform gives a meaning to; all lower case, as Node does. */
export const HEADERS = {
  /** Answering cell; on every response. */
  cell: 'x-cell',
  /** Epoch at which the answering cell holds the request's partition; on every response. */
  cellEpoch: 'x-cell-epoch',
  requestId: 'x-request-id',
  /** `epoch.version` after a committed write. Routers keep the highest for each partition. */
  partitionPosition: 'x-partition-position',
  /** `full`, or `degraded` when a write was acknowledged without its standby. */
  durability: 'x-durability',
  /** Set by the router: what it decided for this request, and its proof of origin. */
  routedPartition: 'x-routed-partition',
  routedEpoch: 'x-routed-epoch',
  routedAuth: 'x-routed-auth',
  /**
   * Set by a router's HAProxy for its own Node plane: address of the client's end of the connection.
   * With a routed partition beside it the request has been to a cell already.
   */
  routedPeer: 'x-routed-peer',
  /** Set by a router's HAProxy for its own Node plane: the limit that a request is beyond, and seconds to wait. */
  routedLimit: 'x-routed-limit',
  /**
   * Set by a router whose proxy sends refused requests again: the status by which the cell is to refuse
   * what it does not hold, in place of 421.
   */
  routedRefusal: 'x-routed-refusal',
  /** Set by a cell that hands a request on: how many cells have done so. */
  routedHops: 'x-routed-hops',
  /** ISO 3166-1 alpha-2 country of the client; believed from trusted proxies only. */
  clientCountry: 'x-client-country',
  /** Of a cell's answer, for routers: how long it may be kept for everybody, in seconds. */
  surrogateControl: 'surrogate-control',
  /** Of a cell's answer, for routers: the names by which it is forgotten, joined by blanks. */
  surrogateKey: 'surrogate-key',
  idempotencyKey: 'idempotency-key',
  /** `true` on an answer that was kept from an earlier request with the same key. */
  idempotencyReplayed: 'idempotency-replayed',
  /** Token of a browser's session, without which its cookie changes nothing. */
  csrfToken: 'x-csrf-token',
  /** Id of the vendor that an operator acts for. */
  actingVendor: 'x-acting-vendor',
} as const;

/** Cookie in which the router keeps the shopper's partition, as a compact JWT. */
export const PIN_COOKIE = 'cell_pin';

/**
 * Cookie in which the storefront keeps a customer's access token, with the prefix `__Host-` over TLS.
 * Cells alone read what is in it; to the router it says that somebody is signed in.
 */
export const SHOP_ACCESS_COOKIE = 'shop_access';
