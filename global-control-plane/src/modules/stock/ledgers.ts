import type { SqlReader } from '@commerce/engines/sql/sql';
import type { Allotment, Ledger } from './ledger.ts';
import {
  type AllotmentRow,
  findAllotments,
  type LevelRow,
  lockLevels,
  takeFeedNumbers,
  writeAllotments,
  writeLevels,
} from './store.ts';

/** A ledger that is locked, and what was stored of it. */
export interface OpenLedger {
  readonly ledger: Ledger;
  readonly vendorId: string;
  countedAsOf: Date | undefined;
  /** Cells whose report was taken in now. */
  readonly heardOf: Set<string>;
}

interface Opened extends OpenLedger {
  readonly level: LevelRow;
  readonly rows: Map<string, AllotmentRow>;
}

function toAllotment(row: AllotmentRow): Allotment {
  return {
    grantedTotal: row.granted_total,
    recalledTotal: row.recalled_total,
    receivedTotal: row.received_total,
    returnedTotal: row.returned_total,
    openingTotal: row.opening_total,
    movedInTotal: row.moved_in_total,
    movedOutTotal: row.moved_out_total,
    shippedTotal: row.shipped_total,
    available: row.available,
    reserved: row.reserved,
    committed: row.committed,
    reportVersion: row.report_version,
    generation: row.generation,
  };
}

export function toLedger(level: LevelRow, rows: readonly AllotmentRow[]): Ledger {
  return {
    onHand: level.on_hand,
    unallotted: level.unallotted,
    pendingReduction: level.pending_reduction,
    closedOut: level.closed_out,
    split: level.split === null ? undefined : (JSON.parse(level.split) as Record<string, number>),
    allotments: new Map(rows.map((row) => [row.cell_id, toAllotment(row)])),
  };
}

async function open(sql: SqlReader, variantIds: readonly string[]): Promise<Map<string, Opened>> {
  const levels = await lockLevels(sql, variantIds);
  const rows = Map.groupBy(await findAllotments(sql, variantIds), (row) => row.variant_id);
  return new Map(
    levels.map((level): [string, Opened] => {
      const own = rows.get(level.variant_id) ?? [];
      const opened: Opened = {
        level,
        vendorId: level.vendor_id,
        rows: new Map(own.map((row) => [row.cell_id, row])),
        ledger: toLedger(level, own),
        countedAsOf: level.counted_as_of ?? undefined,
        heardOf: new Set(),
      };
      return [level.variant_id, opened];
    }),
  );
}

/** The row of an allotment; its feed number is given later where the cell has to hear of it. */
function toRow(
  key: { readonly variantId: string; readonly cellId: string },
  allotment: Allotment,
  before: AllotmentRow | undefined,
  reportedAt: Date | null,
): AllotmentRow {
  return {
    variant_id: key.variantId,
    cell_id: key.cellId,
    seq: before?.seq ?? 0n,
    granted_total: allotment.grantedTotal,
    recalled_total: allotment.recalledTotal,
    received_total: allotment.receivedTotal,
    returned_total: allotment.returnedTotal,
    opening_total: allotment.openingTotal,
    moved_in_total: allotment.movedInTotal,
    moved_out_total: allotment.movedOutTotal,
    shipped_total: allotment.shippedTotal,
    available: allotment.available,
    reserved: allotment.reserved,
    committed: allotment.committed,
    report_version: allotment.reportVersion,
    generation: allotment.generation,
    reported_at: reportedAt,
  };
}

function changedRows(opened: ReadonlyMap<string, Opened>, now: Date) {
  const silent: AllotmentRow[] = [];
  const told = new Map<string, AllotmentRow[]>();
  for (const [variantId, { ledger, rows, heardOf }] of opened) {
    for (const [cellId, allotment] of ledger.allotments) {
      const before = rows.get(cellId);
      const heard = heardOf.has(cellId);
      const reportedAt = heard ? now : (before?.reported_at ?? null);
      const row = toRow({ variantId, cellId }, allotment, before, reportedAt);
      const isNews =
        before?.granted_total !== row.granted_total ||
        before.recalled_total !== row.recalled_total ||
        before.generation !== row.generation;
      if (isNews) {
        const ofCell = told.get(cellId);
        if (ofCell === undefined) told.set(cellId, [row]);
        else ofCell.push(row);
      } else if (heard) silent.push(row);
    }
  }
  return { silent, told };
}

/**
 * Locks the ledgers of variants, lets them be changed, and writes what has changed, with a number in
 * its cell's feed for each grant and recall. Variants that have no level are left out.
 * @returns cells that have to hear of it, once the transaction is committed
 */
export async function withLedgers(
  sql: SqlReader,
  variantIds: readonly string[],
  now: Date,
  change: (ledgers: ReadonlyMap<string, OpenLedger>) => Promise<void> | void,
): Promise<ReadonlySet<string>> {
  const opened = await open(sql, [...new Set(variantIds)]);
  await change(opened);
  const { silent, told } = changedRows(opened, now);
  const numbered: AllotmentRow[] = [...silent];
  // Feeds are locked after levels and in one order, by everybody.
  for (const cellId of [...told.keys()].toSorted()) {
    const rows = told.get(cellId) ?? [];
    const last = await takeFeedNumbers(sql, cellId, rows.length);
    const first = last - BigInt(rows.length) + 1n;
    rows.forEach((row, index) => numbered.push({ ...row, seq: first + BigInt(index) }));
  }
  if (numbered.length > 0) await writeAllotments(sql, numbered);
  const levels = [...opened.values()].map(
    ({ level, ledger, countedAsOf }): LevelRow => ({
      ...level,
      on_hand: ledger.onHand,
      unallotted: ledger.unallotted,
      pending_reduction: ledger.pendingReduction,
      closed_out: ledger.closedOut,
      counted_as_of: countedAsOf ?? null,
      split: ledger.split === undefined ? null : JSON.stringify(ledger.split),
    }),
  );
  if (levels.length > 0) await writeLevels(sql, levels);
  return new Set(told.keys());
}
