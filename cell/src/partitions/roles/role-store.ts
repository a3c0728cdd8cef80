import type { CellId, Partition } from '@commerce/contracts/ids';
import type { PartitionRole } from '@commerce/contracts/partition-control';
import { CUT_CHAIN_DIGITS } from '@commerce/contracts/placements';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { NewPlace } from './role-changes.ts';

/** The only SQL that changes what this cell is to a partition. Each guards itself by role and epoch. */

/** A partition's row. */
export interface PartitionRow {
  readonly partition: Partition;
  readonly role: PartitionRole;
  readonly epoch: bigint;
  readonly version: bigint;
  readonly chain: string;
}

/** A row, and why it is fenced where it is. */
export interface FencedRow extends PartitionRow {
  readonly plan: string | null;
  readonly target: CellId | null;
}

const list = statement<{ partition: Partition; role: PartitionRole; epoch: bigint }>(
  'roles.list',
  'SELECT partition, role, epoch FROM partitions',
);
const insertMany = statement(
  'roles.insert-many',
  `INSERT INTO partitions (partition, role, epoch, version, chain)
   SELECT p.partition, p.role, p.epoch, 0, $4
   FROM unnest($1::text[], $2::text[], $3::int8[]) AS p (partition, role, epoch)
   ON CONFLICT (partition) DO NOTHING`,
);
const read = statement<FencedRow>(
  'roles.read',
  `SELECT p.partition, p.role, p.epoch, p.version, p.chain, f.plan, f.target
   FROM partitions p LEFT JOIN partition_fences f ON f.partition = p.partition
   WHERE p.partition = ANY($1)`,
);

/**
 * Waits for the transactions that hold the rows, which have a second each, and lets nobody begin a new
 * one. Rows are locked in the order of their names.
 */
const fence = statement<PartitionRow>(
  'roles.fence',
  `WITH locked AS (
     SELECT partition FROM partitions
     WHERE partition = ANY($1) AND role = 'primary' ORDER BY partition FOR UPDATE
   )
   UPDATE partitions AS p SET role = 'fenced' FROM locked l WHERE p.partition = l.partition
   RETURNING p.partition, p.role, p.epoch, p.version, p.chain`,
);
const noteFences = statement(
  'roles.note-fences',
  `INSERT INTO partition_fences (partition, plan, target, fenced_at)
   SELECT f.partition, $2, $3, now() FROM unnest($1::text[]) AS f (partition)
   ON CONFLICT (partition) DO UPDATE SET
     plan = EXCLUDED.plan, target = EXCLUDED.target, fenced_at = EXCLUDED.fenced_at`,
);
const giveUp = statement<{ partition: Partition; role: PartitionRole; epoch: bigint }>(
  'roles.give-up',
  `UPDATE partitions AS p SET role = 'fenced'
   FROM unnest($1::text[], $2::int8[]) AS w (partition, epoch)
   WHERE p.partition = w.partition AND p.role = 'primary' AND p.epoch < w.epoch
   RETURNING p.partition, p.role, p.epoch`,
);

/**
 * A cell becomes primary with the very history that was cut. After an emergency nobody knows how far
 * the last primary came: the recorded standby takes over with what it has, if its copy is whole.
 */
const promote = statement<{ partition: Partition; role: PartitionRole; epoch: bigint }>(
  'roles.promote',
  `UPDATE partitions AS p SET role = 'primary', epoch = w.epoch
   FROM (
     SELECT u.partition, u.epoch, u.version, u.chain, u.is_emergency, c.state AS copy
     FROM unnest($1::text[], $2::int8[], $3::int8[], $4::text[], $5::bool[])
       AS u (partition, epoch, version, chain, is_emergency)
     LEFT JOIN partition_copies c ON c.partition = u.partition
   ) AS w
   WHERE p.partition = w.partition AND p.epoch < w.epoch AND p.role <> 'absent' AND (
     (p.version = w.version AND left(p.chain, $6) = w.chain)
     OR (w.is_emergency AND p.role = 'standby' AND w.copy IN ('following', 'refused'))
   )
   RETURNING p.partition, p.role, p.epoch`,
);
const demote = statement<{ partition: Partition; role: PartitionRole; epoch: bigint }>(
  'roles.demote',
  `UPDATE partitions AS p SET role = 'standby', epoch = w.epoch
   FROM unnest($1::text[], $2::int8[], $3::int8[], $4::text[])
     AS w (partition, epoch, version, chain)
   WHERE p.partition = w.partition AND p.role = 'fenced' AND p.epoch < w.epoch
     AND p.version = w.version AND left(p.chain, $5) = w.chain
   RETURNING p.partition, p.role, p.epoch`,
);
const adopt = statement<{ partition: Partition; role: PartitionRole; epoch: bigint }>(
  'roles.adopt',
  `UPDATE partitions SET role = 'standby' WHERE partition = ANY($1) AND role = 'absent'
   RETURNING partition, role, epoch`,
);
const follow = statement(
  'roles.follow',
  `INSERT INTO partition_copies (partition, follows, state, problem, plan, changed_at)
   SELECT c.partition, c.follows, 'following', NULL, NULL, now()
   FROM unnest($1::text[], $2::text[]) AS c (partition, follows)
   ON CONFLICT (partition) DO UPDATE SET follows = EXCLUDED.follows, state = EXCLUDED.state,
     problem = EXCLUDED.problem, plan = EXCLUDED.plan, changed_at = EXCLUDED.changed_at`,
);
const forgetCopies = statement(
  'roles.forget-copies',
  'DELETE FROM partition_copies WHERE partition = ANY($1)',
);
const forgetFences = statement(
  'roles.forget-fences',
  'DELETE FROM partition_fences WHERE partition = ANY($1)',
);

type RoleRow = { partition: Partition; role: PartitionRole; epoch: bigint };

/** What this cell is to every partition. */
export const listRoles = (sql: SqlReader): Promise<RoleRow[]> => sql.query(list);

/** Adds rows that are missing, without a history. */
export const insertRoles = (
  sql: SqlReader,
  rows: readonly { readonly partition: Partition; readonly role: string; readonly epoch: number }[],
  chain: string,
) =>
  sql.query(insertMany, [
    rows.map((row) => row.partition),
    rows.map((row) => row.role),
    rows.map((row) => row.epoch),
    chain,
  ]);

/** Rows of partitions, with their fences. */
export const readRows = (sql: SqlReader, partitions: readonly Partition[]): Promise<FencedRow[]> =>
  sql.query(read, [partitions]);

/** Fences those that are primary here. @returns their last positions */
export const fenceRows = (sql: SqlReader, partitions: readonly Partition[]) =>
  sql.query(fence, [partitions]);

/** Notes which plan fenced partitions, and where it moves them. */
export const writeFences = (
  sql: SqlReader,
  fence: {
    readonly plan: string;
    readonly target: CellId;
    readonly partitions: readonly Partition[];
  },
) => sql.query(noteFences, [fence.partitions, fence.plan, fence.target]);

export const giveUpRows = (
  sql: SqlReader,
  places: readonly Pick<NewPlace, 'partition' | 'epoch'>[],
) =>
  sql.query(giveUp, [places.map((place) => place.partition), places.map((place) => place.epoch)]);

/** Values of a list of places, as columns; a place without a cut fits no history. */
function columnsOf(places: readonly NewPlace[]) {
  return [
    places.map((place) => place.partition),
    places.map((place) => place.epoch),
    places.map((place) => place.cut?.version ?? -1n),
    places.map((place) => place.cut?.chain ?? ''),
  ] as const;
}

export const promoteRows = (sql: SqlReader, places: readonly NewPlace[]) =>
  sql.query(promote, [
    ...columnsOf(places),
    places.map((place) => String(place.cut?.mode === 'emergency')),
    CUT_CHAIN_DIGITS,
  ]);

export const demoteRows = (sql: SqlReader, places: readonly NewPlace[]) =>
  sql.query(demote, [...columnsOf(places), CUT_CHAIN_DIGITS]);

export const adoptRows = (sql: SqlReader, partitions: readonly Partition[]) =>
  sql.query(adopt, [partitions]);

/** Notes whom the copies of partitions follow from now on. */
export const followPrimaries = (
  sql: SqlReader,
  copies: readonly { readonly partition: Partition; readonly primary: CellId }[],
) => sql.query(follow, [copies.map((copy) => copy.partition), copies.map((copy) => copy.primary)]);

export const forgetCopiesOf = (sql: SqlReader, partitions: readonly Partition[]) =>
  sql.query(forgetCopies, [partitions]);

export const forgetFencesOf = (sql: SqlReader, partitions: readonly Partition[]) =>
  sql.query(forgetFences, [partitions]);
