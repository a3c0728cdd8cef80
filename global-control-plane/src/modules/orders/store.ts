import { type SqlReader, statement } from '@commerce/engines/sql/sql';

export interface SummaryRow {
  readonly order_id: string;
  readonly order_group_id: string;
  readonly vendor_id: string;
  readonly cell_id: string;
  readonly state: string;
  readonly fulfillment: string;
  readonly placed_at: Date;
  readonly changed_at: Date;
  /** JSON text of the order as it was placed. */
  readonly summary: string;
}

const COLUMNS =
  'order_id, order_group_id, vendor_id, cell_id, state, fulfillment, placed_at, changed_at, summary';

const takeIn = statement<{ event_id: string }>(
  'order_inbox.take_in',
  `INSERT INTO order_inbox (event_id, received_at)
   SELECT event_id, $2 FROM unnest($1::text[]) AS given (event_id)
   ON CONFLICT (event_id) DO NOTHING RETURNING event_id`,
);
/** Notes events; returns the ids of those that are new. */
export const takeInEvents = async (sql: SqlReader, ids: readonly string[], now: Date) =>
  new Set((await sql.query(takeIn, [ids, now])).map((row) => row.event_id));

const prune = statement<{ event_id: string }>(
  'order_inbox.prune',
  `DELETE FROM order_inbox WHERE event_id IN (
     SELECT event_id FROM order_inbox WHERE received_at < $1 ORDER BY received_at LIMIT $2)
   RETURNING event_id`,
);
export const pruneInbox = async (sql: SqlReader, before: Date, limit: number) =>
  (await sql.query(prune, [before, limit])).length;

export interface SummaryWrite extends SummaryRow {
  readonly partition: string;
  readonly epoch: bigint;
  readonly version: bigint;
}
const insert = statement(
  'order_summaries.insert',
  `INSERT INTO order_summaries (${COLUMNS}, partition, epoch, version)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
   ON CONFLICT (order_id) DO NOTHING`,
);
export const insertSummary = (sql: SqlReader, row: SummaryWrite) =>
  sql.query(insert, [
    row.order_id,
    row.order_group_id,
    row.vendor_id,
    row.cell_id,
    row.state,
    row.fulfillment,
    row.placed_at,
    row.changed_at,
    row.summary,
    row.partition,
    row.epoch,
    row.version,
  ]);

/** What of an order changes after it was placed. */
export type ChangingColumn = 'state' | 'fulfillment';

const changeOf = (column: ChangingColumn) =>
  statement<{ order_id: string }>(
    `order_summaries.change_${column}`,
    `UPDATE order_summaries SET ${column} = $2, changed_at = $3, cell_id = $4, epoch = $5, version = $6
     WHERE order_id = $1 AND (epoch < $5 OR (epoch = $5 AND version <= $6)) RETURNING order_id`,
  );
const changes = { state: changeOf('state'), fulfillment: changeOf('fulfillment') };

/** Follows a change of an order, unless a later one was followed already. */
export const followChange = (
  sql: SqlReader,
  column: ChangingColumn,
  to: string,
  row: Pick<SummaryWrite, 'order_id' | 'changed_at' | 'cell_id' | 'epoch' | 'version'>,
) =>
  sql.query(changes[column], [
    row.order_id,
    to,
    row.changed_at,
    row.cell_id,
    row.epoch,
    row.version,
  ]);

const page = statement<SummaryRow>(
  'order_summaries.list',
  `SELECT ${COLUMNS} FROM order_summaries
   WHERE vendor_id = $1 AND (placed_at < $2 OR (placed_at = $2 AND order_id < $3))
     AND ($4::text IS NULL OR state = $4) AND ($5::text IS NULL OR cell_id = $5)
     AND ($6::text IS NULL OR display_number LIKE $6 OR order_id = $7)
   ORDER BY placed_at DESC, order_id DESC LIMIT $8`,
);

export interface OrderFilter {
  readonly state?: string | undefined;
  readonly cell?: string | undefined;
  /** Beginning of a display number, or a whole id. */
  readonly text?: string | undefined;
}

/** Newest first, beginning before a key. */
export const listSummaries = (
  sql: SqlReader,
  vendorId: string,
  before: { readonly placedAt: Date; readonly orderId: string },
  { state, cell, text, limit }: OrderFilter & { readonly limit: number },
) => {
  const pattern = text?.toUpperCase().replaceAll(/[\\%_]/g, String.raw`\$&`);
  return sql.query(page, [
    vendorId,
    before.placedAt,
    before.orderId,
    state ?? null,
    cell ?? null,
    pattern === undefined ? null : `${pattern}%`,
    text ?? null,
    limit,
  ]);
};

const one = statement<SummaryRow>(
  'order_summaries.find',
  `SELECT ${COLUMNS} FROM order_summaries WHERE order_id = $1 AND vendor_id = $2`,
);
export const findSummary = async (sql: SqlReader, vendorId: string, orderId: string) =>
  (await sql.query(one, [orderId, vendorId]))[0];

export interface FeedRow {
  readonly cell_id: string;
  readonly complete_as_of: Date | null;
  readonly refused_events: bigint;
}
const feeds = statement<FeedRow>(
  'order_feeds.list',
  'SELECT cell_id, complete_as_of, refused_events FROM order_feeds ORDER BY cell_id',
);
export const listFeeds = (sql: SqlReader) => sql.query(feeds);

const saveFeed = statement(
  'order_feeds.write',
  `INSERT INTO order_feeds (cell_id, complete_as_of, refused_events) VALUES ($1, $2, $3)
   ON CONFLICT (cell_id) DO UPDATE SET
     complete_as_of = COALESCE(excluded.complete_as_of, order_feeds.complete_as_of),
     refused_events = order_feeds.refused_events + excluded.refused_events`,
);
/** Notes how far a feed was read; refused events are added to those before. */
export const writeFeed = (
  sql: SqlReader,
  row: {
    readonly cellId: string;
    readonly completeAsOf: Date | undefined;
    readonly refused: number;
  },
) => sql.query(saveFeed, [row.cellId, row.completeAsOf ?? null, row.refused]);
