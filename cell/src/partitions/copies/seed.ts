import type { Partition } from '@commerce/contracts/ids';
import {
  type Sql,
  type SqlReader,
  type SqlTransaction,
  type Statement,
  statement,
} from '@commerce/engines/sql/sql';
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
  readonly rows: Buffer;
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

type RowsFrame = Extract<SnapshotFrame, { kind: 'rows' }>;

const asTheyAre = (rows: Buffer): Buffer => rows;

/** Leaves columns out of rows in COPY's text form, in which no value holds a tab or the end of a line. */
function keepColumns(kept: readonly number[]): (rows: Buffer) => Buffer {
  return (rows) => {
    const lines = rows.toString('utf8').split('\n').slice(0, -1);
    const shorter = lines.map((line) => {
      const values = line.split('\t');
      return `${kept.map((index) => values[index]).join('\t')}\n`;
    });
    return Buffer.from(shorter.join(''));
  };
}

/** @param sql connections without a statement time-out */
export function createSeeder(sql: Sql, tables: readonly PartitionTable[]): Seeder {
  const reader = createImageReader(tables);
  const wipes = wipeStatements(tables);

  /** Where the rows of a frame go, and which of its columns go there. */
  const placeOf = (
    { table: name, columns: given }: RowsFrame,
    expansions: ReadonlySet<string>,
  ): {
    readonly copy: string;
    readonly kept: readonly number[];
    readonly leftOut: readonly string[];
  } => {
    const isLog = name === LOG_TABLE;
    const leftOut = isLog ? [] : reader.columnsOf(name, given, expansions).leftOut;
    const kept = given.flatMap((column, index) =>
      leftOut.includes(`${name}.${column}`) ? [] : [index],
    );
    const columns = kept.map((index) => `"${given[index]}"`).join(', ');
    const table = isLog ? LOG_TABLE : reader.table(name).name;
    return { copy: `COPY ${table} (${columns}) FROM STDIN`, kept, leftOut };
  };

  const fill = async (
    transaction: SqlTransaction,
    frames: AsyncIterator<Frame>,
    expansions: ReadonlySet<string>,
  ): Promise<{ rows: number; leftOut: Set<string> }> => {
    let rows = 0;
    const leftOut = new Set<string>();
    let next = await frames.next();
    /** Frames of one table that come one after the other are one copy. */
    async function* rowsOf(name: string, keep: (rows: Buffer) => Buffer): AsyncGenerator<Buffer> {
      while (next.done !== true && next.value.frame.kind === 'rows') {
        if (next.value.frame.table !== name) return;
        rows += next.value.frame.rows;
        yield keep(next.value.rows);
        next = await frames.next();
      }
    }
    while (next.done !== true) {
      const { frame } = next.value;
      if (frame.kind === 'end') {
        if (frame.rows !== rows) throw new SnapshotError(`it has ${rows} of ${frame.rows} rows`);
        return { rows, leftOut };
      }
      if (frame.kind === 'begin') throw new SnapshotError('it begins twice');
      const place = placeOf(frame, expansions);
      for (const column of place.leftOut) leftOut.add(column);
      const keep = place.leftOut.length === 0 ? asTheyAre : keepColumns(place.kept);
      await transaction.copyIn(place.copy, rowsOf(frame.table, keep));
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
