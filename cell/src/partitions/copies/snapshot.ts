import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { type Partition, parsePartition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { type Sql, type SqlTransaction, statement } from '@commerce/engines/sql/sql';
import { LOG_SCHEMA } from '../change-log.ts';
import { listExpansions, type PartitionTable } from '../tables.ts';
import type { CopyPoint } from './apply.ts';

/**
 * Gives partitions away whole: every row as the database's own text, and the position that they are
 * at, read in one REPEATABLE READ transaction and streamed as fast as the other side takes it.
 *
 * A snapshot is a row of frames. A frame is a line of JSON, and `bytes` bytes after it: rows in the text
 * form of COPY, which pass both processes as they are.
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
type Write = (frame: SnapshotFrame, rows?: Buffer) => Promise<void>;

/** COPY takes no parameters. The names of partitions have no character that would need care. */
function listOf(partitions: readonly Partition[]): string {
  const names = partitions.map((partition) => {
    if (parsePartition(partition) === undefined)
      throw new TypeError(`"${partition}" is no partition`);
    return `'${partition}'`;
  });
  return `ARRAY[${names.join(', ')}]::text[]`;
}

const quoted = (alias: string, columns: readonly string[]): string =>
  columns.map((column) => `${alias}."${column}"`).join(', ');

/**
 * Records that a consumer of events has not acknowledged yet go along, as the new primary will have to
 * deliver them; and always the newest, which the next is chained to.
 */
const selectLog = (partitions: string): string =>
  `SELECT ${quoted('l', LOG_COLUMNS)} FROM partitions p
   JOIN change_log l ON l.partition = p.partition
   WHERE p.partition = ANY(${partitions}) AND l.version > least(p.version - 1, (
     SELECT coalesce(min(coalesce(c.version, 0)), p.version - 1)
     FROM (SELECT DISTINCT consumer FROM feed_cursors) AS k
     LEFT JOIN feed_cursors c ON c.consumer = k.consumer AND c.partition = p.partition
   ))`;

const selectRows = (table: PartitionTable, partitions: string): string =>
  `SELECT ${quoted('t', Object.keys(table.columns))} FROM ${table.name} AS t
   WHERE t.partition = ANY(${partitions})`;

/** Sends the rows of a table as the database writes them. @returns how many */
async function writeRows(
  transaction: SqlTransaction,
  table: { readonly name: string; readonly columns: readonly string[]; readonly select: string },
  write: Write,
): Promise<number> {
  const { name, columns, select } = table;
  let total = 0;
  for await (const { bytes, rows } of transaction.copyOut(`COPY (${select}) TO STDOUT`)) {
    total += rows;
    await write({ kind: 'rows', table: name, columns, rows, bytes: bytes.length }, bytes);
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
        const chosen = listOf(partitions);
        const log = { name: LOG_TABLE, columns: LOG_COLUMNS, select: selectLog(chosen) };
        let rows = await writeRows(transaction, log, write);
        for (const table of tables) {
          const columns = Object.keys(table.columns);
          const select = selectRows(table, chosen);
          rows += await writeRows(transaction, { name: table.name, columns, select }, write);
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
      const write: Write = async (frame, rows) => {
        gone.signal.throwIfAborted();
        opened();
        let isRoom = out.write(`${JSON.stringify(frame)}\n`);
        if (rows !== undefined) isRoom = out.write(rows);
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
