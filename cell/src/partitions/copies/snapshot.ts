import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { type Sql, type SqlReader, type SqlValue, statement } from '@commerce/engines/sql/sql';
import { LOG_SCHEMA } from '../change-log.ts';
import { listExpansions, type PartitionTable } from '../tables.ts';
import type { CopyPoint } from './apply.ts';

/**
 * Gives partitions away whole: every row as the database's own text, and the position that they are
 * at, read in one REPEATABLE READ transaction and streamed as fast as the other side takes it.
 *
 * A snapshot is a row of frames. A frame is a line of JSON, and `bytes` bytes of text after it.
 */
export type SnapshotFrame =
  | {
      readonly kind: 'begin';
      /** Version of the row images. */
      readonly schema: number;
      /** `table.column` of what an older reader may leave out. */
      readonly expansions: readonly string[];
      readonly points: readonly SnapshotPoint[];
      readonly bytes: 0;
    }
  | {
      readonly kind: 'rows';
      readonly table: string;
      /** Of the source, in any order. */
      readonly columns: readonly string[];
      readonly rows: number;
      readonly bytes: number;
    }
  | { readonly kind: 'end'; readonly rows: number; readonly bytes: 0 };

/** Versions are decimal text, as everywhere between cells. */
export interface SnapshotPoint {
  readonly partition: Partition;
  readonly epoch: number;
  readonly version: string;
  readonly chain: string;
}

/** Partitions of one snapshot: some seconds of reading at most. */
export const SNAPSHOT_PARTITIONS_MAX = 64;
/** A reader that takes nothing for this long has gone. */
const STALLED_MS = 30_000;
/** Rows of one frame: some hundred kilobytes. */
const ROWS_PER_FRAME = 500;
/** Snapshots at the same time: each holds a connection and an old view of the database. */
const SNAPSHOTS_MAX = 4;
const BUFFERED_BYTES_MAX = 1_048_576;

/** The name that log records have among the tables of a snapshot. */
export const LOG_TABLE = 'change_log';
const LOG_COLUMNS = [
  'partition',
  'epoch',
  'version',
  'chain',
  'schema',
  'changes',
  'events',
  'logged_at',
] as const;

const beginRepeatable = statement(
  'snapshot.isolation',
  'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
);
const readPoints = statement<CopyPoint>(
  'snapshot.points',
  `SELECT partition, epoch, version, chain FROM partitions
   WHERE partition = ANY($1::text[]) AND role = ANY($2::text[]) ORDER BY partition`,
);
/**
 * Records that a consumer of events has not acknowledged yet go along, as the new primary will have to
 * deliver them; and always the newest, which the next is chained to.
 */
const readLog = statement<{ row: string }>(
  'snapshot.log',
  `SELECT row_to_json(l)::text AS row FROM partitions p
   JOIN change_log l ON l.partition = p.partition
   WHERE p.partition = ANY($1::text[]) AND l.version > $2 AND l.version > least(p.version - 1, (
     SELECT coalesce(min(coalesce(c.version, 0)), p.version - 1)
     FROM (SELECT DISTINCT consumer FROM feed_cursors) AS k
     LEFT JOIN feed_cursors c ON c.consumer = k.consumer AND c.partition = p.partition
   )) ORDER BY l.version LIMIT $3`,
);

interface Page {
  readonly first: ReturnType<typeof statement<{ row: string }>>;
  readonly next: ReturnType<typeof statement<{ row: string }>>;
}

/** Pages by the key, whose values travel as text. */
function pageOf(table: PartitionTable): Page {
  const key = table.key.map((column) => `t."${column}"`);
  const values = table.key.map((column, index) => `t."${column}"::text AS k${index}`).join(', ');
  const after = table.key.map((_, index) => `$${index + 3}`).join(', ');
  const select = `SELECT row_to_json(t)::text AS row, ${values} FROM ${table.name} AS t
     WHERE t.partition = ANY($1::text[])`;
  const order = `ORDER BY ${key.join(', ')} LIMIT $2`;
  return {
    first: statement(`snapshot.first.${table.name}`, `${select} ${order}`),
    next: statement(
      `snapshot.next.${table.name}`,
      `${select} AND (${key.join(', ')}) > (${after}) ${order}`,
    ),
  };
}

type Write = (frame: SnapshotFrame, text?: string) => Promise<void>;

async function writeTable(
  transaction: SqlReader,
  table: PartitionTable,
  page: Page,
  partitions: readonly Partition[],
  write: Write,
): Promise<number> {
  const columns = Object.keys(table.columns);
  let total = 0;
  let after: SqlValue[] | undefined;
  for (;;) {
    const values: SqlValue[] = [partitions, ROWS_PER_FRAME, ...(after ?? [])];
    const rows = await transaction.query(after === undefined ? page.first : page.next, values);
    total += rows.length;
    const text = `[${rows.map((row) => row.row).join(',')}]`;
    const bytes = Buffer.byteLength(text);
    if (rows.length > 0) {
      await write({ kind: 'rows', table: table.name, columns, rows: rows.length, bytes }, text);
    }
    if (rows.length < ROWS_PER_FRAME) return total;
    const last = rows.at(-1) as unknown as Readonly<Record<string, string>>;
    after = table.key.map((_, index) => last[`k${index}`] ?? null);
  }
}

async function writeLog(
  transaction: SqlReader,
  points: readonly CopyPoint[],
  write: Write,
): Promise<number> {
  let total = 0;
  for (const { partition } of points) {
    let after = 0n;
    for (;;) {
      const rows = await transaction.query(readLog, [[partition], after, ROWS_PER_FRAME]);
      total += rows.length;
      const text = `[${rows.map((row) => row.row).join(',')}]`;
      const bytes = Buffer.byteLength(text);
      const header = { kind: 'rows', table: LOG_TABLE, columns: LOG_COLUMNS } as const;
      if (rows.length > 0) await write({ ...header, rows: rows.length, bytes }, text);
      if (rows.length < ROWS_PER_FRAME) break;
      after = BigInt(/"version":(\d+)/.exec(rows.at(-1)?.row ?? '')?.[1] ?? 0);
    }
  }
  return total;
}

export interface Snapshots {
  /**
   * Streams partitions that this cell is the primary of.
   * @param options.mayBeStandby whether copies are given as well: to a primary that was restored
   * @throws AppError `misdirected` where it is not primary for all of them, `unavailable` where too
   *   many snapshots are under way
   */
  open(
    partitions: readonly Partition[],
    options?: { readonly mayBeStandby?: boolean },
  ): Promise<Readable>;
}

/** @param sql connections without a statement time-out */
export function createSnapshots(sql: Sql, tables: readonly PartitionTable[]): Snapshots {
  const pages = new Map(tables.map((table) => [table, pageOf(table)]));
  let underWay = 0;

  const stream = async (
    partitions: readonly Partition[],
    roles: readonly string[],
    write: Write,
  ): Promise<void> => {
    await sql.transaction(
      'snapshot.read',
      async (transaction) => {
        const isolated = transaction.query(beginRepeatable);
        const [points] = await Promise.all([
          transaction.query(readPoints, [partitions, roles]),
          isolated,
        ]);
        if (points.length < partitions.length) throw new AppError('misdirected');
        await write({
          kind: 'begin',
          bytes: 0,
          schema: LOG_SCHEMA,
          expansions: listExpansions(tables),
          points: points.map(({ partition, epoch, version, chain }) => ({
            partition,
            epoch: Number(epoch),
            version: String(version),
            chain,
          })),
        });
        let rows = await writeLog(transaction, points, write);
        for (const [table, page] of pages) {
          rows += await writeTable(transaction, table, page, partitions, write);
        }
        await write({ kind: 'end', rows, bytes: 0 });
      },
      // What was sent can't be taken back: the other side begins anew.
      { attemptsMax: 1 },
    );
  };

  return {
    async open(partitions, { mayBeStandby = false } = {}) {
      if (underWay >= SNAPSHOTS_MAX) throw new AppError('unavailable', { retryAfterS: 2 });
      const out = new PassThrough({ highWaterMark: BUFFERED_BYTES_MAX });
      const gone = new AbortController();
      out.once('close', () => gone.abort());
      let opened: () => void;
      const first = new Promise<void>((resolve) => {
        opened = resolve;
      });
      const write: Write = async (frame, text = '') => {
        gone.signal.throwIfAborted();
        opened();
        const isRoom = out.write(`${JSON.stringify(frame)}\n${text}`);
        if (isRoom) return;
        const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(STALLED_MS)]);
        await once(out, 'drain', { signal });
      };
      underWay += 1;
      const roles = ['primary', 'fenced', ...(mayBeStandby ? ['standby'] : [])];
      const done = stream(partitions, roles, write).finally(() => {
        underWay -= 1;
      });
      done.then(
        () => out.end(),
        (error: unknown) => out.destroy(error as Error),
      );
      // A refusal comes before the first frame and is answered as a problem.
      out.on('error', () => undefined);
      await Promise.race([first, done]);
      return out;
    },
  };
}
