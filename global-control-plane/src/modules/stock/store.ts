import { type SqlReader, statement } from '@commerce/engines/sql/sql';

export interface LevelRow {
  readonly variant_id: string;
  readonly vendor_id: string;
  readonly on_hand: bigint;
  readonly unallotted: bigint;
  readonly pending_reduction: bigint;
  readonly closed_out: bigint;
  readonly counted_as_of: Date | null;
  readonly split: string | null;
}

export interface AllotmentRow {
  readonly variant_id: string;
  readonly cell_id: string;
  readonly seq: bigint;
  readonly granted_total: bigint;
  readonly recalled_total: bigint;
  readonly received_total: bigint;
  readonly returned_total: bigint;
  readonly opening_total: bigint;
  readonly moved_in_total: bigint;
  readonly moved_out_total: bigint;
  readonly shipped_total: bigint;
  readonly available: bigint;
  readonly reserved: bigint;
  readonly committed: bigint;
  readonly report_version: bigint;
  readonly generation: bigint;
  readonly reported_at: Date | null;
}

const LEVEL_COLUMNS =
  'variant_id, vendor_id, on_hand, unallotted, pending_reduction, closed_out, counted_as_of, split';
const ALLOTMENT_COLUMNS = `variant_id, cell_id, seq, granted_total, recalled_total, received_total,
  returned_total, opening_total, moved_in_total, moved_out_total, shipped_total, available, reserved,
  committed, report_version, generation, reported_at`;

/** Warehouse of a vendor's stock: there is one for each vendor. */
const WAREHOUSE = 'default';

const ensure = statement(
  'stock.ensure_levels',
  `INSERT INTO stock_levels
     (variant_id, vendor_id, warehouse, on_hand, unallotted, pending_reduction)
   SELECT variant_id, vendor_id, $3, 0, 0, 0
   FROM unnest($1::text[], $2::text[]) AS given (variant_id, vendor_id)
   ON CONFLICT (variant_id) DO NOTHING`,
);
/** Adds empty levels where there are none, so that there is a row to lock. */
export const ensureLevels = (
  sql: SqlReader,
  variants: readonly { readonly variantId: string; readonly vendorId: string }[],
) =>
  sql.query(ensure, [
    variants.map(({ variantId }) => variantId),
    variants.map(({ vendorId }) => vendorId),
    WAREHOUSE,
  ]);

const lock = statement<LevelRow>(
  'stock.lock_levels',
  `SELECT ${LEVEL_COLUMNS} FROM stock_levels WHERE variant_id = ANY($1)
   ORDER BY variant_id FOR UPDATE`,
);
/** Locks levels in the order of their ids, so that two transactions never wait for each other. */
export const lockLevels = (sql: SqlReader, variantIds: readonly string[]) =>
  sql.query(lock, [variantIds]);

const level = statement<LevelRow>(
  'stock.find_level',
  `SELECT ${LEVEL_COLUMNS} FROM stock_levels WHERE variant_id = $1`,
);
export const findLevel = async (sql: SqlReader, variantId: string) =>
  (await sql.query(level, [variantId]))[0];

const allotments = statement<AllotmentRow>(
  'stock.find_allotments',
  `SELECT ${ALLOTMENT_COLUMNS} FROM stock_allotments WHERE variant_id = ANY($1)
   ORDER BY variant_id, cell_id`,
);
export const findAllotments = (sql: SqlReader, variantIds: readonly string[]) =>
  sql.query(allotments, [variantIds]);

const saveLevels = statement(
  'stock.write_levels',
  `UPDATE stock_levels AS level SET
     on_hand = given.on_hand, unallotted = given.unallotted,
     pending_reduction = given.pending_reduction, closed_out = given.closed_out,
     counted_as_of = given.counted_as_of, split = given.split
   FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::timestamptz[],
     $7::text[])
     AS given
       (variant_id, on_hand, unallotted, pending_reduction, closed_out, counted_as_of, split)
   WHERE level.variant_id = given.variant_id`,
);
export const writeLevels = (sql: SqlReader, rows: readonly LevelRow[]) =>
  sql.query(saveLevels, [
    rows.map((row) => row.variant_id),
    rows.map((row) => row.on_hand),
    rows.map((row) => row.unallotted),
    rows.map((row) => row.pending_reduction),
    rows.map((row) => row.closed_out),
    rows.map((row) => row.counted_as_of?.toISOString() ?? null) as string[],
    rows.map((row) => row.split) as string[],
  ]);

const saveAllotments = statement(
  'stock.write_allotments',
  `INSERT INTO stock_allotments (${ALLOTMENT_COLUMNS})
   SELECT ${ALLOTMENT_COLUMNS}
   FROM unnest($1::text[], $2::text[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],
     $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int8[],
     $15::int8[], $16::int8[], $17::timestamptz[]) AS given
     (${ALLOTMENT_COLUMNS})
   ON CONFLICT (variant_id, cell_id) DO UPDATE SET
     seq = excluded.seq, granted_total = excluded.granted_total,
     recalled_total = excluded.recalled_total, received_total = excluded.received_total,
     returned_total = excluded.returned_total, opening_total = excluded.opening_total,
     moved_in_total = excluded.moved_in_total,
     moved_out_total = excluded.moved_out_total, shipped_total = excluded.shipped_total,
     available = excluded.available,
     reserved = excluded.reserved, committed = excluded.committed,
     report_version = excluded.report_version, generation = excluded.generation,
     reported_at = excluded.reported_at`,
);
export const writeAllotments = (sql: SqlReader, rows: readonly AllotmentRow[]) =>
  sql.query(saveAllotments, [
    rows.map((row) => row.variant_id),
    rows.map((row) => row.cell_id),
    rows.map((row) => row.seq),
    rows.map((row) => row.granted_total),
    rows.map((row) => row.recalled_total),
    rows.map((row) => row.received_total),
    rows.map((row) => row.returned_total),
    rows.map((row) => row.opening_total),
    rows.map((row) => row.moved_in_total),
    rows.map((row) => row.moved_out_total),
    rows.map((row) => row.shipped_total),
    rows.map((row) => row.available),
    rows.map((row) => row.reserved),
    rows.map((row) => row.committed),
    rows.map((row) => row.report_version),
    rows.map((row) => row.generation),
    rows.map((row) => row.reported_at?.toISOString() ?? null) as string[],
  ]);

const takeNumbers = statement<{ seq: bigint }>(
  'stock.take_numbers',
  `INSERT INTO stock_feed_heads (cell_id, seq) VALUES ($1, $2)
   ON CONFLICT (cell_id) DO UPDATE SET seq = stock_feed_heads.seq + excluded.seq
   RETURNING seq`,
);
/** Takes a range of numbers of a cell's feed; returns the last. Locks the feed until the commit. */
export const takeFeedNumbers = async (sql: SqlReader, cellId: string, count: number) =>
  (await sql.query(takeNumbers, [cellId, count]))[0]?.seq ?? 0n;

const head = statement<{ seq: bigint }>(
  'stock.read_head',
  'SELECT seq FROM stock_feed_heads WHERE cell_id = $1',
);
export const readFeedHead = async (sql: SqlReader, cellId: string) =>
  (await sql.query(head, [cellId]))[0]?.seq ?? 0n;

export interface GrantRow {
  readonly variant_id: string;
  readonly granted_total: bigint;
  readonly recalled_total: bigint;
  readonly generation: bigint;
  readonly seq: bigint;
}
const grants = statement<GrantRow>(
  'stock.read_grants',
  `SELECT variant_id, granted_total, recalled_total, generation, seq FROM stock_allotments
   WHERE cell_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
);
export const readGrants = (sql: SqlReader, cellId: string, after: bigint, limit: number) =>
  sql.query(grants, [cellId, after, limit]);

export interface JournalEntry {
  readonly id: string;
  readonly variantId: string;
  readonly happenedAt: Date;
  readonly kind: 'count' | 'received' | 'removed' | 'returned-by-cell' | 'shipped';
  readonly delta: bigint;
  readonly by: string;
}
const append = statement(
  'stock.append_journal',
  `INSERT INTO stock_journal (id, variant_id, happened_at, recorded_at, kind, delta, recorded_by)
   SELECT id, variant_id, happened_at, now(), kind, delta, recorded_by
   FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::int8[], $6::text[])
     AS given (id, variant_id, happened_at, kind, delta, recorded_by)`,
);
export const appendJournal = (sql: SqlReader, entries: readonly JournalEntry[]) =>
  sql.query(append, [
    entries.map(({ id }) => id),
    entries.map(({ variantId }) => variantId),
    entries.map(({ happenedAt }) => happenedAt.toISOString()),
    entries.map(({ kind }) => kind),
    entries.map(({ delta }) => delta),
    entries.map(({ by }) => by),
  ]);

const movedSince = statement<{ variant_id: string; delta: bigint }>(
  'stock.moved_since',
  `SELECT variant_id, CAST(sum(delta) AS int8) AS delta FROM stock_journal
   WHERE variant_id = ANY($1) AND kind IN ('received', 'removed', 'shipped') AND happened_at > $2
   GROUP BY variant_id`,
);
/** Units that came in or went after a time, by variant. */
export const readMovedSince = async (sql: SqlReader, variantIds: readonly string[], since: Date) =>
  new Map(
    (await sql.query(movedSince, [variantIds, since])).map((row) => [row.variant_id, row.delta]),
  );

const levelsOf = statement<LevelRow>(
  'stock.find_levels',
  `SELECT ${LEVEL_COLUMNS} FROM stock_levels WHERE variant_id = ANY($1)`,
);
export const findLevels = (sql: SqlReader, variantIds: readonly string[]) =>
  sql.query(levelsOf, [variantIds]);

export interface JournalRow {
  readonly id: string;
  readonly happened_at: Date;
  readonly recorded_at: Date;
  readonly kind: JournalEntry['kind'];
  readonly delta: bigint;
  readonly recorded_by: string;
}
const journal = statement<JournalRow>(
  'stock.list_journal',
  `SELECT id, happened_at, recorded_at, kind, delta, recorded_by FROM stock_journal
   WHERE variant_id = $1 AND (happened_at < $2 OR (happened_at = $2 AND id < $3))
   ORDER BY happened_at DESC, id DESC LIMIT $4`,
);
/** What happened to a variant's units, the latest first, beginning before a key. */
export const listJournal = (
  sql: SqlReader,
  variantId: string,
  before: { readonly happenedAt: Date; readonly id: string },
  limit: number,
) => sql.query(journal, [variantId, before.happenedAt, before.id, limit]);

const homes = statement<{ cell_id: string; is_empty: boolean }>(
  'stock.read_homes',
  'SELECT cell_id, is_empty FROM stock_homes',
);
/** Whether each cell was without partitions when stock was last shared. */
export const readHomes = async (sql: SqlReader) =>
  new Map((await sql.query(homes)).map((row) => [row.cell_id, row.is_empty]));

const saveHome = statement(
  'stock.write_home',
  `INSERT INTO stock_homes (cell_id, is_empty) VALUES ($1, $2)
   ON CONFLICT (cell_id) DO UPDATE SET is_empty = excluded.is_empty`,
);
export const writeHome = (sql: SqlReader, cellId: string, isEmpty: boolean) =>
  sql.query(saveHome, [cellId, isEmpty]);

const variantsOfCell = statement<{ variant_id: string }>(
  'stock.list_variants_of_cell',
  `SELECT variant_id FROM stock_allotments WHERE cell_id = $1 AND variant_id > $2
   ORDER BY variant_id LIMIT $3`,
);
export const listVariantsOfCell = async (
  sql: SqlReader,
  cellId: string,
  after: string,
  limit: number,
) => (await sql.query(variantsOfCell, [cellId, after, limit])).map((row) => row.variant_id);

const variantsAfter = statement<{ variant_id: string }>(
  'stock.list_variants_after',
  'SELECT variant_id FROM stock_levels WHERE variant_id > $1 ORDER BY variant_id LIMIT $2',
);
export const listVariantsAfter = async (sql: SqlReader, after: string, limit: number) =>
  (await sql.query(variantsAfter, [after, limit])).map((row) => row.variant_id);

const lastGeneration = statement<{ generation: bigint }>(
  'stock.read_last_generation',
  'SELECT coalesce(max(generation), 1) AS generation FROM stock_allotments WHERE cell_id = $1',
);
export const readLastGeneration = async (sql: SqlReader, cellId: string) =>
  (await sql.query(lastGeneration, [cellId]))[0]?.generation ?? 1n;

export interface CellTotals {
  readonly cell_id: string;
  readonly generation: bigint;
  readonly variants: bigint;
  readonly held: bigint;
  readonly unsold: bigint;
  readonly available: bigint;
  readonly reserved: bigint;
  readonly committed: bigint;
  readonly carried: bigint;
}
const cellTotals = statement<CellTotals>(
  'stock.read_cell_totals',
  `SELECT cell_id, max(generation) AS generation, count(*)::int8 AS variants,
     sum(held)::int8 AS held, sum(greatest(0, held - reserved - committed))::int8 AS unsold,
     sum(available)::int8 AS available, sum(reserved)::int8 AS reserved,
     sum(committed)::int8 AS committed, sum(carried)::int8 AS carried
   FROM (
     SELECT a.*, a.opening_total + a.moved_in_total - a.moved_out_total AS carried,
       a.granted_total - a.returned_total - a.shipped_total + a.opening_total
         + a.moved_in_total - a.moved_out_total
         AS held
     FROM stock_allotments AS a
   ) AS figures GROUP BY cell_id ORDER BY cell_id`,
);
/** Figures of all variants together, by cell. */
export const readCellTotals = (sql: SqlReader) => sql.query(cellTotals);

const levelTotals = statement<{ on_hand: bigint; unallotted: bigint; closed_out: bigint }>(
  'stock.read_level_totals',
  `SELECT coalesce(sum(on_hand), 0)::int8 AS on_hand, coalesce(sum(unallotted), 0)::int8 AS unallotted,
     coalesce(sum(closed_out), 0)::int8 AS closed_out FROM stock_levels`,
);
export const readLevelTotals = async (sql: SqlReader) => (await sql.query(levelTotals))[0];
