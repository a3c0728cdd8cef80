import type { CellId, Partition } from '@commerce/contracts/ids';
import { partitionAt } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { CopyPoint } from './apply.ts';

/**
 * What this cell's copies follow, as it survives a restart. A copy belongs to a partition whose role
 * here is standby; where the role is another one, what is kept of it means nothing.
 */

export type CopyState = 'seeding' | 'following' | 'refused' | 'diverged';

export interface Copy extends CopyPoint {
  readonly follows: CellId;
  readonly state: CopyState;
  /** Why it does not follow, or what it leaves out; null where all is well. */
  readonly problem: string | null;
  /** The evacuation plan that asked for it; null for a regular standby. */
  readonly plan: string | null;
}

const list = statement<Copy>(
  'copies.list',
  `SELECT p.partition, p.epoch, p.version, p.chain, c.follows, c.state, c.problem, c.plan
   FROM partitions p JOIN partition_copies c ON c.partition = p.partition
   WHERE p.role = 'standby' ORDER BY p.partition`,
);

/** Copies of this cell, whatever their state. */
export function listCopies(sql: SqlReader): Promise<Copy[]> {
  return sql.query(list);
}

const follow = statement(
  'copies.follow',
  `INSERT INTO partition_copies AS c (partition, follows, state, problem, plan, changed_at)
   SELECT u.partition, u.follows, 'following', NULL, NULL, $3
   FROM unnest($1::text[], $2::text[]) AS u (partition, follows)
   JOIN partitions p ON p.partition = u.partition AND p.role = 'standby'
   ON CONFLICT (partition) DO UPDATE
     SET follows = EXCLUDED.follows, problem = NULL, changed_at = EXCLUDED.changed_at,
         state = CASE WHEN c.state = 'seeding' THEN 'seeding' ELSE 'following' END
     WHERE c.follows <> EXCLUDED.follows`,
);
const forget = statement(
  'copies.forget',
  `DELETE FROM partition_copies WHERE partition IN
     (SELECT partition FROM partitions WHERE role <> 'standby')`,
);

/** Lets every partition whose role here is standby follow the primary that the directory names. */
export async function assignCopies(
  sql: SqlReader,
  cell: CellId,
  table: PlacementTable,
  at: Date,
): Promise<void> {
  const elsewhere = table.placements.flatMap(({ primary }, slot) =>
    primary === cell ? [] : [{ primary, partition: partitionAt(table.realm, slot) }],
  );
  await sql.query(follow, [
    elsewhere.map((entry) => entry.partition),
    elsewhere.map((entry) => entry.primary),
    at,
  ]);
  await sql.query(forget);
}

const setState = statement(
  'copies.set-state',
  `UPDATE partition_copies SET state = $2, problem = $3, changed_at = $4
   WHERE partition = ANY($1::text[]) AND (state <> $2 OR problem IS DISTINCT FROM $3)`,
);

/** Says how copies are; the time changes with the state. */
export async function setCopyState(
  sql: SqlReader,
  partitions: readonly Partition[],
  state: CopyState,
  problem: string | null,
  at: Date,
): Promise<void> {
  await sql.query(setState, [partitions, state, problem, at]);
}

const retryRefused = statement(
  'copies.retry-refused',
  `UPDATE partition_copies SET state = 'following', problem = NULL, changed_at = $1
   WHERE state = 'refused'`,
);

/** Copies that an older version of this cell could not go on with are tried again. */
export async function retryRefusedCopies(sql: SqlReader, at: Date): Promise<void> {
  await sql.query(retryRefused, [at]);
}

const takeOn = statement<{ partition: Partition }>(
  'copies.take-on',
  `UPDATE partitions SET role = 'standby'
   WHERE partition = ANY($1::text[]) AND role = 'absent' AND version = 0 RETURNING partition`,
);
const request = statement<{ partition: Partition }>(
  'copies.request',
  `INSERT INTO partition_copies AS c (partition, follows, state, problem, plan, changed_at)
   SELECT p.partition, $2, 'seeding', NULL, $3, $4 FROM partitions p
   WHERE p.partition = ANY($1::text[]) AND p.role = 'standby'
   ON CONFLICT (partition) DO UPDATE
     SET follows = EXCLUDED.follows, plan = EXCLUDED.plan, changed_at = EXCLUDED.changed_at,
         problem = NULL, state = CASE
           WHEN c.follows = EXCLUDED.follows AND c.state = 'following' THEN 'following'
           ELSE 'seeding' END
   RETURNING partition`,
);

/**
 * Begins copies for a plan. One that follows the same cell already goes on as it is, so asking again
 * changes nothing.
 * @returns partitions that are copies now; one that is held in another role is not among them
 */
export async function requestCopies(
  sql: SqlReader,
  wish: {
    readonly partitions: readonly Partition[];
    readonly from: CellId;
    readonly plan: string;
    readonly at: Date;
  },
): Promise<Partition[]> {
  await sql.query(takeOn, [wish.partitions]);
  const rows = await sql.query(request, [wish.partitions, wish.from, wish.plan, wish.at]);
  return rows.map((row) => row.partition);
}
