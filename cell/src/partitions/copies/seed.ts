import type { Partition } from '@commerce/contracts/ids';
import { type Sql, type SqlReader, type Statement, statement } from '@commerce/engines/sql/sql';
import { GENESIS_CHAIN, LOG_SCHEMA } from '../change-log.ts';
import type { PartitionTable } from '../tables.ts';
import type { CopyPoint } from './apply.ts';
import { readFrames, SnapshotError } from './read-frames.ts';
import { createImageReader, SchemaTooNewError } from './row-images.ts';
import { LOG_TABLE, type SnapshotFrame } from './snapshot.ts';

/**
 * Makes copies from a snapshot: what is here of these partitions goes, what the snapshot holds comes,
 * and the copies stand at its positions; all in one transaction, so that a copy is whole or not there.
 */

export interface SeedOutcome {
  readonly points: readonly CopyPoint[];
  readonly rows: number;
  /** `table.column` that the source has and this cell leaves out. */
  readonly leftOut: ReadonlySet<string>;
}

export interface Seeder {
  /**
   * @throws SnapshotError where the snapshot is not whole, SchemaTooNewError where this cell can't read
   *   it, ForeignCopyError where a partition is no standby here any more
   */
  seed(partitions: readonly Partition[], chunks: AsyncIterable<Buffer>): Promise<SeedOutcome>;
}

/** A partition whose role here has changed while its snapshot was under way. */
export class ForeignCopyError extends Error {
  override readonly name = 'ForeignCopyError';
}

const lockCopies = statement<{ partition: Partition }>(
  'seed.lock',
  `SELECT p.partition FROM partitions p JOIN partition_copies c ON c.partition = p.partition
   WHERE p.partition = ANY($1::text[]) AND p.role = 'standby' AND c.state = 'seeding'
   ORDER BY p.partition FOR UPDATE OF p`,
);
const emptyLog = statement(
  'seed.empty-log',
  'DELETE FROM change_log WHERE partition = ANY($1::text[])',
);
const fillLog = statement(
  'seed.fill-log',
  `INSERT INTO change_log (partition, epoch, version, chain, schema, changes, events, logged_at)
   SELECT partition, epoch, version, chain, schema, changes, events, logged_at
   FROM json_populate_recordset(NULL::change_log, $1::json)`,
);
const place = statement(
  'seed.place',
  `UPDATE partitions AS p SET epoch = u.epoch, version = u.version, chain = u.chain
   FROM unnest($1::text[], $2::int8[], $3::int8[], $4::text[]) AS u (partition, epoch, version, chain)
   WHERE p.partition = u.partition`,
);
const markFollowing = statement(
  'seed.mark-following',
  `UPDATE partition_copies SET state = 'following', problem = $2, changed_at = now()
   WHERE partition = ANY($1::text[])`,
);

const inserts = new Map<string, Statement<Record<string, never>>>();

function insertRows(table: PartitionTable, columns: readonly string[]) {
  const id = `${table.name} ${columns.join(' ')}`;
  const known = inserts.get(id);
  if (known !== undefined) return known;
  const names = columns.map((column) => `"${column}"`).join(', ');
  const made = statement<Record<string, never>>(
    `seed.insert.${inserts.size}.${table.name}`.slice(0, 63),
    `INSERT INTO ${table.name} (${names})
     SELECT ${names} FROM json_populate_recordset(NULL::${table.name}, $1::json)`,
  );
  inserts.set(id, made);
  return made;
}

/** Empties copies, as before a seed: rows, log and position. The caller holds their rows locked. */
export async function wipeCopies(
  transaction: SqlReader,
  wipes: readonly Statement<unknown>[],
  partitions: readonly Partition[],
): Promise<void> {
  await Promise.all([
    ...wipes.map((wipe) => transaction.query(wipe, [partitions])),
    transaction.query(emptyLog, [partitions]),
    transaction.query(place, [
      partitions,
      partitions.map(() => 1),
      partitions.map(() => 0),
      partitions.map(() => GENESIS_CHAIN),
    ]),
  ]);
}

interface Frame {
  readonly frame: SnapshotFrame;
  readonly text: string;
}

/** Statements that delete all rows of partitions, one for each table. */
export function wipeStatements(tables: readonly PartitionTable[]): Statement<unknown>[] {
  return tables.map((table) =>
    statement<unknown>(
      `copies.wipe.${table.name}`,
      `DELETE FROM ${table.name} WHERE partition = ANY($1::text[])`,
    ),
  );
}

function readBegin(frame: SnapshotFrame | undefined, partitions: readonly Partition[]) {
  if (frame?.kind !== 'begin') throw new SnapshotError('it does not begin');
  const wanted = new Set(partitions);
  const points = frame.points.map(
    (point): CopyPoint => ({
      ...point,
      epoch: BigInt(point.epoch),
      version: BigInt(point.version),
    }),
  );
  if (points.length !== wanted.size || points.some((point) => !wanted.has(point.partition))) {
    throw new SnapshotError('it is of other partitions');
  }
  if (frame.schema > LOG_SCHEMA) {
    throw new SchemaTooNewError(
      `the snapshot has log schema ${frame.schema}, this cell reads ${LOG_SCHEMA}`,
    );
  }
  return { points, expansions: new Set(frame.expansions) };
}

/** @param sql connections without a statement time-out */
export function createSeeder(sql: Sql, tables: readonly PartitionTable[]): Seeder {
  const reader = createImageReader(tables);
  const wipes = wipeStatements(tables);

  const fill = async (
    transaction: SqlReader,
    frames: AsyncIterable<Frame>,
    expansions: ReadonlySet<string>,
  ): Promise<{ rows: number; leftOut: Set<string> }> => {
    let rows = 0;
    const leftOut = new Set<string>();
    for await (const { frame, text } of frames) {
      if (frame.kind === 'end') {
        if (frame.rows !== rows) throw new SnapshotError(`it has ${rows} of ${frame.rows} rows`);
        return { rows, leftOut };
      }
      if (frame.kind === 'begin') throw new SnapshotError('it begins twice');
      rows += frame.rows;
      if (frame.table === LOG_TABLE) {
        await transaction.query(fillLog, [text]);
        continue;
      }
      const table = reader.table(frame.table);
      const columns = reader.columnsOf(frame.table, frame.columns, expansions);
      for (const column of columns.leftOut) leftOut.add(column);
      const insert = insertRows(table, columns.columns ?? Object.keys(table.columns));
      await transaction.query(insert, [text]);
    }
    throw new SnapshotError('it has no end');
  };

  return {
    seed: (partitions, chunks) =>
      sql.transaction(
        'copies.seed',
        async (transaction) => {
          const held = await transaction.query(lockCopies, [partitions]);
          if (held.length < partitions.length) {
            throw new ForeignCopyError('a partition is no copy to be seeded any more');
          }
          await wipeCopies(transaction, wipes, partitions);
          const frames = readFrames(chunks);
          const begin = (await frames.next()) as IteratorResult<Frame, undefined>;
          const { points, expansions } = readBegin(begin.value?.frame, partitions);
          const { rows, leftOut } = await fill(transaction, frames, expansions);
          await Promise.all([
            transaction.query(place, [
              points.map((point) => point.partition),
              points.map((point) => point.epoch),
              points.map((point) => point.version),
              points.map((point) => point.chain),
            ]),
            transaction.query(markFollowing, [partitions, formatLeftOut(leftOut)]),
          ]);
          return { points, rows, leftOut };
        },
        // The stream can be read once: whoever asked asks for another.
        { attemptsMax: 1 },
      ),
  };
}

const LEFT_OUT = 'left-out: ';

/** What a copy says of columns that it leaves out; null where it has all. */
export function formatLeftOut(columns: ReadonlySet<string>): string | null {
  return columns.size === 0 ? null : LEFT_OUT + [...columns].toSorted().join(', ');
}

/** The columns that a copy says it leaves out. */
export function parseLeftOut(problem: string | null): string[] {
  return problem?.startsWith(LEFT_OUT) === true ? problem.slice(LEFT_OUT.length).split(', ') : [];
}
