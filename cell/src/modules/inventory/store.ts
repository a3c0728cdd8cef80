import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import { writeStatement } from '../../partitions/write-statement.ts';
import { stockReservations } from './tables.ts';

/** The only SQL over stock. */

/**
 * Takes units from the free pool. Rows are locked in the order of their ids, so two baskets that
 * share variants can't wait for each other; the condition is checked on the newest row.
 */
export const takeFromPool = statement<{ variant_id: string }>(
  'inventory.take-from-pool',
  `WITH locked AS (
     SELECT p.variant_id, w.quantity
     FROM stock_pool p
     JOIN unnest($1::text[], $2::int4[]) AS w (variant_id, quantity) ON w.variant_id = p.variant_id
     ORDER BY p.variant_id FOR UPDATE OF p
   )
   UPDATE stock_pool AS p SET available = p.available - l.quantity
   FROM locked l WHERE p.variant_id = l.variant_id AND p.available >= l.quantity
   RETURNING p.variant_id`,
);

export const giveBackToPool = statement(
  'inventory.give-back-to-pool',
  `WITH locked AS (
     SELECT p.variant_id, w.quantity
     FROM stock_pool p
     JOIN unnest($1::text[], $2::int4[]) AS w (variant_id, quantity) ON w.variant_id = p.variant_id
     ORDER BY p.variant_id FOR UPDATE OF p
   )
   UPDATE stock_pool AS p SET available = p.available + l.quantity
   FROM locked l WHERE p.variant_id = l.variant_id`,
);

export const insertReservations = writeStatement(
  stockReservations,
  'inventory.insert-reservations',
  `INSERT INTO stock_reservations AS t
     (partition, id, order_group_id, variant_id, quantity, state, created_at)
   SELECT $1, r.id, $2, r.variant_id, r.quantity, 'reserved', $6
   FROM unnest($3::text[], $4::text[], $5::int4[]) AS r (id, variant_id, quantity)`,
);

export const moveReservations = writeStatement<{ variant_id: string; quantity: number }>(
  stockReservations,
  'inventory.move-reservations',
  `UPDATE stock_reservations AS t SET state = $4
   WHERE t.partition = $1 AND t.order_group_id = $2 AND t.state = $3`,
  't.variant_id, t.quantity',
);

/** Units that a group has sold and that nobody gave back. */
export const findCommitted = statement<{ id: string; variant_id: string; quantity: number }>(
  'inventory.find-committed',
  `SELECT id, variant_id, quantity FROM stock_reservations
   WHERE partition = $1 AND order_group_id = $2 AND state = 'committed' ORDER BY variant_id`,
);

/** Counts units out of the cell's books: they have left the warehouse. */
export const countShipped = statement(
  'inventory.count-shipped',
  `WITH locked AS (
     SELECT p.variant_id, w.quantity
     FROM stock_pool p
     JOIN unnest($1::text[], $2::int4[]) AS w (variant_id, quantity) ON w.variant_id = p.variant_id
     ORDER BY p.variant_id FOR UPDATE OF p
   )
   UPDATE stock_pool AS p SET shipped_total = p.shipped_total + l.quantity
   FROM locked l WHERE p.variant_id = l.variant_id`,
);

export const endReservations = writeStatement(
  stockReservations,
  'inventory.end-reservations',
  `UPDATE stock_reservations AS t SET state = $3
   WHERE t.partition = $1 AND t.id = ANY($2::text[]) AND t.state = 'committed'`,
);

export const shrinkReservations = writeStatement(
  stockReservations,
  'inventory.shrink-reservations',
  `UPDATE stock_reservations AS t SET quantity = t.quantity - s.quantity
   FROM unnest($2::text[], $3::int4[]) AS s (id, quantity)
   WHERE t.partition = $1 AND t.id = s.id AND t.state = 'committed'`,
);

export const splitReservations = writeStatement(
  stockReservations,
  'inventory.split-reservations',
  `INSERT INTO stock_reservations AS t
     (partition, id, order_group_id, variant_id, quantity, state, created_at, split_from)
   SELECT $1, s.id, $2, s.variant_id, s.quantity, $7, $8, s.split_from
   FROM unnest($3::text[], $4::text[], $5::text[], $6::int4[])
     AS s (id, split_from, variant_id, quantity)`,
);

const readAvailable = statement<{ variant_id: string; available: bigint }>(
  'inventory.read-available',
  'SELECT variant_id, available FROM stock_pool WHERE variant_id = ANY($1)',
);

const readFeed = statement<{ seq: bigint }>(
  'inventory.read-feed',
  'SELECT seq FROM stock_feed WHERE id = 1',
);
export const moveFeed = statement(
  'inventory.move-feed',
  'UPDATE stock_feed SET seq = $1 WHERE id = 1 AND seq < $1',
);

export const lockFeed = statement<{ generation: bigint }>(
  'inventory.lock-feed',
  'SELECT generation FROM stock_feed WHERE id = 1 FOR UPDATE',
);
/** From the first grant on: those of the account that was closed are not among them any more. */
const beginFeed = statement(
  'inventory.begin-feed',
  'UPDATE stock_feed SET generation = $1, seq = 0 WHERE id = 1',
);
const lockWholePool = statement(
  'inventory.lock-whole-pool',
  'SELECT variant_id FROM stock_pool ORDER BY variant_id FOR UPDATE',
);
const emptyPool = statement(
  'inventory.empty-pool',
  `UPDATE stock_pool SET available = 0, received_total = 0, recalled_total = 0, returned_total = 0,
     opening_total = 0, moved_in_total = 0, moved_out_total = 0, shipped_total = 0`,
);
const countHeldIn = statement(
  'inventory.count-held-in',
  `INSERT INTO stock_pool AS p
     (variant_id, available, received_total, recalled_total, returned_total, opening_total)
   SELECT r.variant_id, 0, 0, 0, 0, sum(r.quantity)::int8
   FROM stock_reservations r
   JOIN partitions o ON o.partition = r.partition AND o.role IN ('primary', 'fenced')
   WHERE r.state IN ('reserved', 'committed') GROUP BY r.variant_id
   ON CONFLICT (variant_id) DO UPDATE SET opening_total = EXCLUDED.opening_total`,
);
/** Seconds since 1970. */
export const readSeconds = statement<{ seconds: bigint }>(
  'inventory.read-seconds',
  'SELECT extract(epoch FROM now())::int8 AS seconds',
);
/**
 * Begins an account anew. The pool is locked first, so no reservation is under way while what the
 * partitions hold is counted.
 */
export async function beginAccount(transaction: SqlReader, generation: bigint): Promise<void> {
  await transaction.query(lockWholePool);
  await transaction.query(emptyPool);
  await transaction.query(countHeldIn);
  await transaction.query(beginFeed, [generation]);
}

/** Rows for variants that the pool does not know, so that they can be reported. */
export const ensurePool = statement(
  'inventory.ensure-pool',
  `INSERT INTO stock_pool (variant_id, available, received_total, recalled_total, returned_total)
   SELECT v.variant_id, 0, 0, 0, 0 FROM unnest($1::text[]) AS v (variant_id) ORDER BY v.variant_id
   ON CONFLICT (variant_id) DO NOTHING`,
);

/** Takes grants in: totals never shrink, and only what is new enters the free pool. */
export const takeGrants = statement(
  'inventory.take-grants',
  `INSERT INTO stock_pool AS p (variant_id, available, received_total, recalled_total, returned_total)
   SELECT g.variant_id, g.granted, g.granted, g.recalled, 0
   FROM unnest($1::text[], $2::int8[], $3::int8[]) AS g (variant_id, granted, recalled)
   ORDER BY g.variant_id
   ON CONFLICT (variant_id) DO UPDATE SET
     available = p.available + greatest(0, EXCLUDED.received_total - p.received_total),
     received_total = greatest(p.received_total, EXCLUDED.received_total),
     recalled_total = greatest(p.recalled_total, EXCLUDED.recalled_total)`,
);

/** Gives free units back as far as they were recalled; the rest follows when units become free. */
export const settleRecalls = statement<{ variant_id: string }>(
  'inventory.settle-recalls',
  `UPDATE stock_pool SET
     available = available - least(available, recalled_total - returned_total),
     returned_total = returned_total + least(available, recalled_total - returned_total)
   WHERE variant_id = ANY($1) AND recalled_total > returned_total AND available > 0
   RETURNING variant_id`,
);

export const lockPool = statement<{ variant_id: string }>(
  'inventory.lock-pool',
  'SELECT variant_id FROM stock_pool WHERE variant_id = ANY($1) ORDER BY variant_id FOR UPDATE',
);

/**
 * With the pool's rows locked no reservation starts or ends: the figures are of one moment. What a
 * fenced partition holds is this cell's until it is handed over.
 */
export const makeReports = statement<{
  variant_id: string;
  received_total: bigint;
  returned_total: bigint;
  opening_total: bigint;
  moved_in_total: bigint;
  moved_out_total: bigint;
  shipped_total: bigint;
  available: bigint;
  reserved: bigint;
  committed: bigint;
  report_version: bigint;
  generation: bigint;
}>(
  'inventory.make-reports',
  `WITH held AS (
     SELECT r.variant_id,
            sum(r.quantity) FILTER (WHERE r.state = 'reserved') AS reserved,
            sum(r.quantity) FILTER (WHERE r.state = 'committed') AS committed
     FROM stock_reservations r
     JOIN partitions o ON o.partition = r.partition AND o.role IN ('primary', 'fenced')
     WHERE r.variant_id = ANY($1) AND r.state IN ('reserved', 'committed')
     GROUP BY r.variant_id
   ), numbered AS (
     UPDATE stock_pool SET report_version = report_version + 1
     WHERE variant_id = ANY($1)
     RETURNING variant_id, received_total, returned_total, opening_total, moved_in_total,
       moved_out_total, shipped_total, available, report_version
   )
   SELECT n.*, coalesce(h.reserved, 0)::int8 AS reserved, coalesce(h.committed, 0)::int8 AS committed,
     (SELECT f.generation FROM stock_feed f WHERE f.id = 1) AS generation
   FROM numbered n LEFT JOIN held h ON h.variant_id = n.variant_id`,
);

const HELD_BY_PARTITIONS = `SELECT r.variant_id, sum(r.quantity)::int8 AS units
  FROM stock_reservations r WHERE r.partition = ANY($1) AND r.state IN ('reserved', 'committed')
  GROUP BY r.variant_id`;

/** Counts in what partitions hold. Rows are locked in the order of their ids, as everywhere. */
export const moveIn = statement<{ variant_id: string }>(
  'inventory.move-in',
  `INSERT INTO stock_pool AS p
     (variant_id, available, received_total, recalled_total, returned_total, moved_in_total)
   SELECT h.variant_id, 0, 0, 0, 0, h.units FROM (${HELD_BY_PARTITIONS}) AS h ORDER BY h.variant_id
   ON CONFLICT (variant_id) DO UPDATE SET moved_in_total = p.moved_in_total + EXCLUDED.moved_in_total
   RETURNING variant_id`,
);

/** Counts out what partitions hold. */
export const moveOut = statement<{ variant_id: string }>(
  'inventory.move-out',
  `INSERT INTO stock_pool AS p
     (variant_id, available, received_total, recalled_total, returned_total, moved_out_total)
   SELECT h.variant_id, 0, 0, 0, 0, h.units FROM (${HELD_BY_PARTITIONS}) AS h ORDER BY h.variant_id
   ON CONFLICT (variant_id) DO UPDATE SET
     moved_out_total = p.moved_out_total + EXCLUDED.moved_out_total
   RETURNING variant_id`,
);

/**
 * Counts out what a partition held at a version of its past, and puts the difference to what it holds
 * now back into the pool. The first image of a reservation after that version tells what it was at it:
 * one that begins as `reserved` was made later. A part that was split off together with the first change of
 * its row was in that row at the version; one that was split off later is in the row's first image. Where
 * units that were given back after the version are sold already, the pool can't return them: they stay in
 * this cell's books, and the control plane shows them as in transit.
 */
export const moveOutAt = statement<{ variant_id: string }>(
  'inventory.move-out-at',
  `WITH later AS (
     SELECT l.version, c.number, c.value->'row'->>'id' AS id,
       c.value->'row'->>'variant_id' AS variant_id,
       (c.value->'row'->>'quantity')::int8 AS quantity, c.value->'row'->>'state' AS state,
       c.value->'row'->>'split_from' AS split_from
     FROM change_log l
     CROSS JOIN LATERAL json_array_elements(l.changes::json) WITH ORDINALITY AS c (value, number)
     WHERE l.partition = $1 AND l.version > $2 AND c.value->>'table' = 'stock_reservations'
   ), first AS (
     SELECT DISTINCT ON (id) id, variant_id, quantity, state, split_from, version FROM later
     ORDER BY id, version, number
   ), units AS (
     SELECT r.variant_id, r.quantity AS now, CASE WHEN f.id IS NULL THEN r.quantity ELSE 0 END AS "then"
     FROM stock_reservations r LEFT JOIN first f ON f.id = r.id
     WHERE r.partition = $1 AND r.state IN ('reserved', 'committed')
     UNION ALL
     SELECT f.variant_id, 0, f.quantity FROM first f
     LEFT JOIN first o ON o.id = f.split_from
     WHERE f.state <> 'reserved'
       AND (f.split_from IS NULL OR (o.version = f.version AND o.state <> 'reserved'))
   ), moved AS (
     SELECT variant_id, sum(now)::int8 AS now, sum("then")::int8 AS "then" FROM units GROUP BY variant_id
   ), locked AS (
     SELECT p.variant_id, m.now, m."then" FROM stock_pool p
     JOIN moved m ON m.variant_id = p.variant_id ORDER BY p.variant_id FOR UPDATE OF p
   )
   UPDATE stock_pool AS p SET
     available = greatest(0, p.available + l.now - l."then"),
     moved_out_total = p.moved_out_total + l."then" - greatest(0, l."then" - l.now - p.available)
   FROM locked l WHERE p.variant_id = l.variant_id
   RETURNING p.variant_id`,
);

const listHeldVariants = statement<{ variant_id: string }>(
  'inventory.list-variants',
  'SELECT variant_id FROM stock_pool WHERE variant_id > $1 ORDER BY variant_id LIMIT $2',
);

/** Free units by variant; a variant that was never granted is missing. */
export async function selectAvailable(
  sql: SqlReader,
  variantIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await sql.query(readAvailable, [variantIds]);
  return new Map(rows.map((row) => [row.variant_id, Number(row.available)]));
}

/** Sequence number of the last grant that was taken in. */
export async function selectFeedSeq(sql: SqlReader): Promise<number> {
  const [row] = await sql.query(readFeed);
  return Number(row?.seq ?? 0n);
}

/** A page of all variants that the pool knows, by id. */
export async function selectVariantsAfter(
  sql: SqlReader,
  after: string,
  limit: number,
): Promise<string[]> {
  return (await sql.query(listHeldVariants, [after, limit])).map((row) => row.variant_id);
}
