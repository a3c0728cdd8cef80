import { type Static, Type } from 'typebox';
import { idPattern } from './ids.ts';

/**
 * Stock messages between the control plane and a cell. The control plane's figure for a cell is the
 * cumulative number of units that it has ever granted for a variant; the cell's answer is the
 * cumulative number that it has taken in and given back. Both only grow, so every message may be
 * lost, repeated or overtaken, and no unit is made or lost by it.
 */
export const StockGrant = Type.Object({
  variantId: Type.String({ pattern: idPattern('var') }),
  /** Units granted to this cell since ever. */
  grantedTotal: Type.Integer({ minimum: 0 }),
  /** Units that the control plane asked this cell to give back, since ever. */
  recalledTotal: Type.Integer({ minimum: 0 }),
  /**
   * Of the cell's account: it grows when the account is closed, and both totals begin anew. A cell that
   * hears of a later one than its own gives up its pool; one that was restored begins one by itself.
   */
  generation: Type.Integer({ minimum: 1 }),
  /** Number of the grant in the control plane's stock feed; grows without a gap over all variants. */
  seq: Type.Integer({ minimum: 1 }),
});
export type StockGrant = Static<typeof StockGrant>;

/** Answer of the control plane's `GET /v1/stock/grants?cell=&after=&limit=&waitMs=`. */
export interface StockGrantPage {
  readonly grants: readonly StockGrant[];
  readonly headSeq: number;
  readonly nextAfter: number;
}

/** What a cell says of a variant; sent whenever it changed, and on request. */
export const StockReport = Type.Object(
  {
    variantId: Type.String({ pattern: idPattern('var') }),
    /** Cumulative units taken in from grants. */
    receivedTotal: Type.Integer({ minimum: 0 }),
    /** Cumulative units given back to the control plane, at its wish or the cell's own. */
    returnedTotal: Type.Integer({ minimum: 0 }),
    /** Units that the cell's partitions held when its account was begun anew; 0 in its first one. */
    openingTotal: Type.Integer({ minimum: 0 }),
    /** Cumulative units that partitions held when the cell became their primary. */
    movedInTotal: Type.Integer({ minimum: 0 }),
    /** Cumulative units that partitions held when the cell ceased to be their primary. */
    movedOutTotal: Type.Integer({ minimum: 0 }),
    /** Cumulative units that left the warehouse; left out while there are none. */
    shippedTotal: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Units in the cell's free pool. */
    available: Type.Integer({ minimum: 0 }),
    /** Units held by unfinished checkouts of the cell's partitions. */
    reserved: Type.Integer({ minimum: 0 }),
    /** Units sold by the cell's partitions and not shipped yet. */
    committed: Type.Integer({ minimum: 0 }),
    /** Grows by one at each report of this variant by this cell; older reports are ignored. */
    version: Type.Integer({ minimum: 1 }),
    /** Of the account that the figures are of. */
    generation: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);
export type StockReport = Static<typeof StockReport>;
