import { type Static, Type } from 'typebox';
import { heldBy, type Ledger } from './ledger.ts';
import type { AllotmentRow } from './store.ts';

const units = Type.Integer({ minimum: 0 });
const nullableTime = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);

/** Stock of a variant. On hand = unallotted + the sum of all cells' granted units. */
export const StockView = Type.Object({
  variantId: Type.String(),
  sku: Type.String(),
  onHand: units,
  unallotted: units,
  /** Units that the last count took away and that cells still have to return. */
  pendingReduction: units,
  countedAsOf: nullableTime,
  /** Weights that the vendor gave; null where the cells' configured weights hold. */
  split: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()]),
  cells: Type.Array(
    Type.Object({
      cell: Type.String(),
      /** Units granted and not returned. */
      granted: units,
      available: units,
      reserved: units,
      committed: units,
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
    readonly nowMs: number;
  },
): StockView {
  const { variantId, sku } = variant;
  const reportedAt = new Map(context.rows.map((row) => [row.cell_id, row.reported_at]));
  const allotments = [...(ledger?.allotments ?? [])];
  return {
    variantId,
    sku,
    onHand: Number(ledger?.onHand ?? 0n),
    unallotted: Number(ledger?.unallotted ?? 0n),
    pendingReduction: Number(ledger?.pendingReduction ?? 0n),
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
        asOf: time?.toISOString() ?? null,
        lagMs: time === undefined ? null : Math.max(0, context.nowMs - time.getTime()),
      };
    }),
  };
}
