import { type Static, Type } from 'typebox';
import { heldBy, inTransit, type Ledger, unsoldIn } from './ledger.ts';
import type { AllotmentRow, CellTotals } from './store.ts';

const units = Type.Integer({ minimum: 0 });
const nullableTime = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);

/** Stock of a variant. */
export const StockView = Type.Object({
  variantId: Type.String(),
  sku: Type.String(),
  onHand: units,
  unallotted: units,
  /** Units that the last count took away and that cells still have to return. */
  pendingReduction: units,
  /**
   * Units that one cell has counted in and another not yet out, after partitions moved between them; 0
   * at rest. On hand = unallotted + all that is granted − what is in transit.
   */
  inTransit: Type.Integer(),
  /** Free units of cells that don't answer: nobody can sell them until they return or are written off. */
  stranded: units,
  countedAsOf: nullableTime,
  /** Weights that the vendor gave; null where the cells' configured weights hold. */
  split: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()]),
  cells: Type.Array(
    Type.Object({
      cell: Type.String(),
      /** Units granted and not returned, and those that came and went with partitions. */
      granted: Type.Integer(),
      available: units,
      reserved: units,
      committed: units,
      /** Free units of a cell that does not answer. */
      stranded: units,
      /** Time of the cell's last report, and its age; null where it never reported. */
      asOf: nullableTime,
      lagMs: Type.Union([Type.Integer(), Type.Null()]),
    }),
  ),
});
export type StockView = Static<typeof StockView>;

export function toStockView(
  variant: { readonly variantId: string; readonly sku: string },
  ledger: Ledger | undefined,
  context: {
    readonly rows: readonly AllotmentRow[];
    readonly countedAsOf: Date | undefined;
    readonly isAway: (cell: string) => boolean;
    readonly nowMs: number;
  },
): StockView {
  const { variantId, sku } = variant;
  const reportedAt = new Map(context.rows.map((row) => [row.cell_id, row.reported_at]));
  const allotments = [...(ledger?.allotments ?? [])];
  const strandedIn = ([cell, allotment]: (typeof allotments)[number]): number =>
    context.isAway(cell) ? Number(unsoldIn(allotment)) : 0;
  return {
    variantId,
    sku,
    onHand: Number(ledger?.onHand ?? 0n),
    unallotted: Number(ledger?.unallotted ?? 0n),
    pendingReduction: Number(ledger?.pendingReduction ?? 0n),
    inTransit: ledger === undefined ? 0 : Number(inTransit(ledger)),
    stranded: allotments.reduce((sum, entry) => sum + strandedIn(entry), 0),
    countedAsOf: context.countedAsOf?.toISOString() ?? null,
    split: ledger?.split === undefined ? null : { ...ledger.split },
    cells: allotments.map(([cell, allotment]) => {
      const time = reportedAt.get(cell) ?? undefined;
      return {
        cell,
        granted: Number(heldBy(allotment)),
        available: Number(allotment.available),
        reserved: Number(allotment.reserved),
        committed: Number(allotment.committed),
        stranded: strandedIn([cell, allotment]),
        asOf: time?.toISOString() ?? null,
        lagMs: time === undefined ? null : Math.max(0, context.nowMs - time.getTime()),
      };
    }),
  };
}

/** All variants together. */
export const StockTotals = Type.Object({
  onHand: units,
  unallotted: units,
  /** As of one variant: 0 at rest. */
  inTransit: Type.Integer(),
  stranded: units,
  cells: Type.Array(
    Type.Object({
      cell: Type.String(),
      /** Of its account; it grows when the account is written off, or begun anew by the cell. */
      generation: Type.Integer(),
      variants: units,
      granted: Type.Integer(),
      available: units,
      reserved: units,
      committed: units,
      stranded: units,
    }),
  ),
});
export type StockTotals = Static<typeof StockTotals>;

export function toStockTotals(
  cells: readonly CellTotals[],
  levels:
    | { readonly on_hand: bigint; readonly unallotted: bigint; readonly closed_out: bigint }
    | undefined,
  isAway: (cell: string) => boolean,
): StockTotals {
  const carried = cells.reduce((sum, row) => sum + row.carried, 0n);
  const views = cells.map((row) => ({
    cell: row.cell_id,
    generation: Number(row.generation),
    variants: Number(row.variants),
    granted: Number(row.held),
    available: Number(row.available),
    reserved: Number(row.reserved),
    committed: Number(row.committed),
    stranded: isAway(row.cell_id) ? Number(row.unsold) : 0,
  }));
  return {
    onHand: Number(levels?.on_hand ?? 0n),
    unallotted: Number(levels?.unallotted ?? 0n),
    inTransit: Number(carried - (levels?.closed_out ?? 0n)),
    stranded: views.reduce((sum, view) => sum + view.stranded, 0),
    cells: views,
  };
}
