import type { Partition } from '@commerce/contracts/ids';
import { isUniqueViolation, type Sql, type SqlReader, statement } from '@commerce/engines/sql/sql';
import { type ChangeRecord, LOG_SCHEMA, nextChain } from '../change-log.ts';
import type { PartitionTable } from '../tables.ts';
import {
  createImageReader,
  deleteRows,
  type RowChange,
  SchemaTooNewError,
  upsertRows,
} from './row-images.ts';
import { ScanError } from './scan-json.ts';

/**
 * Applies log records to copies of their partitions, in order and exactly once: rows, log records and
 * positions of a whole batch change in one transaction, guarded by `role = 'standby'`. What a copy has
 * already is passed over; the chain of every record is computed anew. A partition that can't go on
 * stops where it is, and the others go on.
 */

export interface CopyPoint {
  readonly partition: Partition;
  readonly epoch: bigint;
  readonly version: bigint;
  readonly chain: string;
}

/**
 * `gone`: this cell's copy is no standby any more. `gap`: a record before it is missing. `diverged`:
 * it does not follow on the copy's history. `refused`: this version of the cell can't read it.
 */
export type StopReason = 'gone' | 'gap' | 'diverged' | 'refused';

export interface StoppedCopy {
  readonly partition: Partition;
  readonly reason: StopReason;
  readonly problem: string;
}

export interface ApplyOutcome {
  /** Where the copies are now. */
  readonly reached: readonly CopyPoint[];
  readonly stopped: readonly StoppedCopy[];
  /** `table.column` of what the primary has, this cell does not know, and may be left out. */
  readonly leftOut: ReadonlyMap<Partition, ReadonlySet<string>>;
}

export interface Applier {
  /**
   * @param records of any partitions, in order for each
   * @param expansions `table.column` of those that may be left out here
   */
  apply(records: readonly ChangeRecord[], expansions?: ReadonlySet<string>): Promise<ApplyOutcome>;
}

const lockStandbys = statement<CopyPoint>(
  'copies.lock-standbys',
  `SELECT partition, epoch, version, chain FROM partitions
   WHERE partition = ANY($1::text[]) AND role = 'standby' ORDER BY partition FOR UPDATE`,
);
const moveStandbys = statement(
  'copies.move-standbys',
  `UPDATE partitions AS p SET epoch = u.epoch, version = u.version, chain = u.chain
   FROM unnest($1::text[], $2::int8[], $3::int8[], $4::text[]) AS u (partition, epoch, version, chain)
   WHERE p.partition = u.partition AND p.role = 'standby'`,
);
const insertRecords = statement(
  'copies.insert-records',
  `INSERT INTO change_log (partition, epoch, version, chain, schema, changes, events, logged_at)
   SELECT u.partition, u.epoch, u.version, u.chain, u.schema, u.changes, u.events, u.logged_at
   FROM unnest($1::text[], $2::int8[], $3::int8[], $4::text[], $5::int4[], $6::text[], $7::text[],
               $8::timestamptz[])
     AS u (partition, epoch, version, chain, schema, changes, events, logged_at)`,
);

interface Plan {
  readonly records: ChangeRecord[];
  readonly changes: RowChange[];
  readonly reached: Map<Partition, CopyPoint>;
  readonly stopped: StoppedCopy[];
  readonly leftOut: Map<Partition, Set<string>>;
}

/** Why a record can't be the next one of a copy; undefined where it can. */
function findFault(
  copy: CopyPoint,
  record: ChangeRecord,
): Omit<StoppedCopy, 'partition'> | undefined {
  const at = `${record.epoch}.${record.version}`;
  if (record.version !== copy.version + 1n) {
    return { reason: 'gap', problem: `${at} does not follow on ${copy.epoch}.${copy.version}` };
  }
  if (record.schema > LOG_SCHEMA) {
    return {
      reason: 'refused',
      problem: `schema-too-new: ${at} has log schema ${record.schema}, this cell reads ${LOG_SCHEMA}`,
    };
  }
  if (record.epoch < copy.epoch && copy.version > 0n) {
    return { reason: 'diverged', problem: `${at} is of an earlier epoch than ${copy.epoch}` };
  }
  if (nextChain(copy.chain, record) !== record.chain) {
    return { reason: 'diverged', problem: `the chain breaks at ${at}` };
  }
  return undefined;
}

function planApply(
  copies: readonly CopyPoint[],
  records: readonly ChangeRecord[],
  read: (record: ChangeRecord) => RowChange[],
): Plan {
  const current = new Map(copies.map((copy) => [copy.partition, copy]));
  const plan: Plan = {
    records: [],
    changes: [],
    reached: new Map(),
    stopped: [],
    leftOut: new Map(),
  };
  const halted = new Set<Partition>();
  const stop = (partition: Partition, reason: StopReason, problem: string): void => {
    halted.add(partition);
    plan.stopped.push({ partition, reason, problem });
  };
  for (const record of records) {
    const { partition } = record;
    if (halted.has(partition)) continue;
    const copy = current.get(partition);
    if (copy === undefined) {
      stop(partition, 'gone', 'it is no standby here');
      continue;
    }
    if (record.version <= copy.version) continue;
    const fault = findFault(copy, record);
    if (fault !== undefined) {
      stop(partition, fault.reason, fault.problem);
      continue;
    }
    try {
      const changes = read(record);
      plan.changes.push(...changes);
      for (const { leftOut } of changes) {
        if (leftOut.length === 0) continue;
        const columns = plan.leftOut.get(partition) ?? new Set();
        for (const column of leftOut) columns.add(column);
        plan.leftOut.set(partition, columns);
      }
    } catch (error) {
      if (!(error instanceof SchemaTooNewError) && !(error instanceof ScanError)) throw error;
      const code = error instanceof SchemaTooNewError ? 'schema-too-new' : 'unreadable';
      stop(partition, 'refused', `${code}: ${error.message}`);
      continue;
    }
    plan.records.push(record);
    const { epoch, version, chain } = record;
    const point = { partition, epoch, version, chain };
    current.set(partition, point);
    plan.reached.set(partition, point);
  }
  return plan;
}

/** The last image of each key, as arrays for one statement each: deletions first. */
function groupChanges(changes: readonly RowChange[]): RowChange[][] {
  const last = new Map<string, RowChange>();
  for (const change of changes) {
    const id = `${change.table.name}\n${change.key}`;
    // An image with fewer columns must not hide what one before it wrote into the others.
    if (last.get(id)?.columns?.join() !== change.columns?.join() && last.has(id)) {
      return changes.map((entry) => [entry]);
    }
    last.set(id, change);
  }
  const groups = new Map<string, RowChange[]>();
  for (const change of last.values()) {
    const id = `${change.table.name} ${change.kind} ${change.columns?.join() ?? ''}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [change]);
    else group.push(change);
  }
  return [...groups.values()].toSorted((a, b) => order(a) - order(b));
}

const order = (group: readonly RowChange[]): number => (group[0]?.kind === 'delete' ? 0 : 1);

function writeGroup(transaction: SqlReader, group: readonly RowChange[]): Promise<unknown> {
  const { table, kind, columns } = group[0] as RowChange;
  const rows = `[${group.map((change) => change.image).join(',')}]`;
  const write = kind === 'delete' ? deleteRows(table) : upsertRows(table, columns);
  return transaction.query(write, [rows]);
}

function writePlan(
  transaction: SqlReader,
  { records, reached }: Plan,
  groups: readonly RowChange[][],
): Promise<unknown> {
  const points = [...reached.values()];
  return Promise.all([
    ...groups.map((group) => writeGroup(transaction, group)),
    transaction.query(insertRecords, [
      records.map((record) => record.partition),
      records.map((record) => record.epoch),
      records.map((record) => record.version),
      records.map((record) => record.chain),
      records.map((record) => record.schema),
      records.map((record) => record.changes),
      records.map((record) => record.events),
      records.map((record) => record.loggedAt.toISOString()),
    ]),
    transaction.query(moveStandbys, [
      points.map((point) => point.partition),
      points.map((point) => point.epoch),
      points.map((point) => point.version),
      points.map((point) => point.chain),
    ]),
  ]);
}

const NOTHING: readonly RowChange[][] = [];

/** @param tables every table that a record may hold rows of */
export function createApplier(sql: Sql, tables: readonly PartitionTable[]): Applier {
  const reader = createImageReader(tables);

  const run = async (
    records: readonly ChangeRecord[],
    expansions: ReadonlySet<string>,
    group: (changes: readonly RowChange[]) => readonly RowChange[][],
  ): Promise<ApplyOutcome> => {
    const names = [...new Set(records.map((record) => record.partition))];
    let plan: Plan | undefined;
    let groups = NOTHING;
    await sql.transaction(
      'copies.apply',
      async (transaction) => {
        const copies = await transaction.query(lockStandbys, [names]);
        plan = planApply(copies, records, (record) => reader.read(record.changes, expansions));
        groups = group(plan.changes);
      },
      {
        last: async (transaction) => {
          if (plan !== undefined && plan.records.length > 0) {
            await writePlan(transaction, plan, groups);
          }
        },
      },
    );
    const { reached, stopped, leftOut } = plan as unknown as Plan;
    return { reached: [...reached.values()], stopped, leftOut };
  };

  return {
    async apply(records, expansions = new Set()) {
      try {
        return await run(records, expansions, groupChanges);
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        // A value of another unique key went from one row to another within the batch: in the order
        // of the primary's own writes it is free when it is taken.
        return run(records, expansions, (changes) => changes.map((change) => [change]));
      }
    },
  };
}
