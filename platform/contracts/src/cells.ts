import type { CellId, Realm } from './ids.ts';

/** States of a cell, as routers see them. */
export const CELL_STATES = {
  accepting: 'serves its shoppers and receives new ones',
  draining: 'serves its shoppers and receives no new ones',
  retired: 'serves nobody; kept for its history',
} as const;
export type CellState = keyof typeof CELL_STATES;

/** What the directory holds of a cell, and the router needs to reach it and to choose it. */
export interface CellDescriptor {
  readonly id: CellId;
  /** Key of the jurisdiction policy, such as `eu`. */
  readonly jurisdiction: string;
  readonly realm: Realm;
  /** ISO 3166-1 alpha-2 country that the cell's machines stand in. */
  readonly country: string;
  /** City or cloud region, for people. */
  readonly location: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Base URL at which routers and the control plane reach it, without a trailing slash. */
  readonly url: string;
  readonly state: CellState;
  /** Share of new shoppers, 0 … 100, relative to the cell's nearness. */
  readonly weight: number;
  /**
   * Hosts of a tenant's shop, in lower case: the cell takes new shoppers who come by these, and no
   * others. Undefined or empty: it takes those of every host that is no tenant's.
   */
  readonly hosts?: readonly string[] | undefined;
  /** What the cell may hold at most; undefined: it was given no limit. */
  readonly capacity?: CellCapacity | undefined;
  /**
   * Names the cell's database: made anew with it, and when it is restored from a backup. Undefined
   * until the cell has first said it. A cell that comes with another one is not trusted by its word.
   */
  readonly incarnation?: string | undefined;
}

/** Limits that placement keeps; an evacuation that would pass one is refused. */
export interface CellCapacity {
  /** Partitions that it may be primary of. */
  readonly primariesMax: number;
  /** Orders a minute that it was measured to carry. */
  readonly ordersPerMinuteMax: number;
}
