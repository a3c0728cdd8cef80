/** Where a cell tells routers what of its catalogue has changed. */
export const PURGE_FEED_PATH = '/internal/v1/catalog-purges';

/**
 * What has changed since a router last asked. `keys` are those of the `surrogate-key` headers of answers
 * that are not true any more; `all`: everything kept is to be forgotten, since the cell does not know what
 * the router has missed.
 */
export interface CatalogPurges {
  /** Names the run of the cell that counts: numbers of another run mean nothing. */
  readonly source: string;
  readonly seq: number;
  readonly keys: readonly string[] | 'all';
}

/** Key of answers that hold more than one product, and of all others that no product names. */
export const PURGE_LISTS = 'lists';
