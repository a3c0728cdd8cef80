import { type Static, Type } from 'typebox';

/**
 * Messages between cells, and between an evacuation's runner and the cells: how a partition's log
 * reaches its standby, and how its primary changes. All of them go to `/internal/v1/` of a cell under
 * a service token. Versions are 64-bit numbers and travel as decimal text.
 */

const strict = { additionalProperties: false } as const;

/** Partitions that one call may name: a whole realm. */
const PARTITIONS_MAX = 1_024;

export const PartitionName = Type.String({ pattern: '^[a-z][a-z0-9]{1,11}-[0-3][0-9a-f]{2}$' });
export const CellName = Type.String({
  pattern: '^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,3}$',
  maxLength: 60,
});
const Version = Type.String({ pattern: '^[0-9]{1,18}$' });
const Chain = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Epoch = Type.Integer({ minimum: 1 });
export const PlanId = Type.String({ pattern: '^[a-z][a-z0-9_-]{2,60}$' });

export const PartitionList = Type.Array(PartitionName, {
  minItems: 1,
  maxItems: PARTITIONS_MAX,
});

/** A partition at a place in its history, with the hash over that history. */
export const PartitionPoint = Type.Object(
  { partition: PartitionName, epoch: Epoch, version: Version, chain: Chain },
  strict,
);
export type PartitionPoint = Static<typeof PartitionPoint>;

/** What a standby has durably applied; each pull acknowledges it. */
export const PullRequest = Type.Object(
  {
    /** Made anew by a follower that starts; a primary that does not know it asks for a full list. */
    session: Type.String({ minLength: 8, maxLength: 64 }),
    /** Whether `positions` lists every partition that the caller follows here. */
    full: Type.Boolean(),
    positions: Type.Array(
      Type.Object(
        {
          partition: PartitionName,
          epoch: Epoch,
          version: Version,
          /** Given in full lists: the primary compares it with its own history. */
          chain: Type.Optional(Chain),
        },
        strict,
      ),
      { maxItems: PARTITIONS_MAX },
    ),
    waitMs: Type.Integer({ minimum: 0, maximum: 25_000 }),
    bytesMax: Type.Integer({ minimum: 1_024, maximum: 16_777_216 }),
  },
  strict,
);
export type PullRequest = Static<typeof PullRequest>;

export const LogRecord = Type.Object(
  {
    partition: PartitionName,
    epoch: Epoch,
    version: Version,
    chain: Chain,
    schema: Type.Integer({ minimum: 1 }),
    /** The database's own JSON text; never parsed on its way. */
    changes: Type.String(),
    events: Type.String(),
    loggedAt: Type.String({ format: 'date-time' }),
  },
  strict,
);
export type LogRecord = Static<typeof LogRecord>;

/** Why a partition can't be followed from where the follower is. */
export const PULL_REFUSALS = {
  'not-primary': 'this cell is not the primary of the partition',
  'log-trimmed': 'the log does not reach back to the position any more: seed anew',
  diverged: 'the position is not in this history: seed anew',
  ahead: 'the position is past the end of this history: the primary may have been restored',
} as const;
export type PullRefusal = keyof typeof PULL_REFUSALS;

export const PullAnswer = Type.Object(
  {
    /** False where the session is not known: send the full list. */
    known: Type.Boolean(),
    /**
     * Counts the answers of a session, from 0: a follower that has several pulls under way applies
     * them in this order. One that misses an answer begins a new session.
     */
    seq: Type.Integer({ minimum: 0 }),
    /** In order for each partition. */
    records: Type.Array(LogRecord),
    /** `table.column` of those that an older follower may leave out for the time of a roll-out. */
    expansions: Type.Array(Type.String()),
    /** Positions of the primary for those partitions that the follower is behind on. */
    heads: Type.Array(
      Type.Object({ partition: PartitionName, epoch: Epoch, version: Version }, strict),
    ),
    refused: Type.Array(
      Type.Object(
        {
          partition: PartitionName,
          reason: Type.Enum(Object.keys(PULL_REFUSALS) as PullRefusal[]),
        },
        strict,
      ),
    ),
    more: Type.Boolean(),
  },
  strict,
);
export type PullAnswer = Static<typeof PullAnswer>;

export const PARTITION_ROLES = {
  primary: 'commits writes',
  standby: 'follows the log of the primary, invisible to everything else',
  fenced: 'commits nothing; was the primary and knows where its history was cut',
  absent: 'holds nothing',
} as const;
export type PartitionRole = keyof typeof PARTITION_ROLES;

export const PartitionState = Type.Object(
  {
    partition: PartitionName,
    role: Type.Enum(Object.keys(PARTITION_ROLES) as PartitionRole[]),
    epoch: Epoch,
    version: Version,
    chain: Chain,
    /** Of a standby: whom it follows. */
    follows: Type.Union([CellName, Type.Null()]),
    /** Of a standby: `seeding` until its first copy is whole; `refused` where it needs a new one. */
    copy: Type.Union([Type.Enum(['seeding', 'following', 'refused', 'diverged']), Type.Null()]),
    /** Why the copy does not follow. */
    copyProblem: Type.Union([Type.String(), Type.Null()]),
    /** Of a standby: versions that the primary is known to be ahead; null where it was not heard of. */
    lagVersions: Type.Union([Version, Type.Null()]),
    lagMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    /** Of a fenced partition: the plan that fenced it, and its target. */
    plan: Type.Union([PlanId, Type.Null()]),
    target: Type.Union([CellName, Type.Null()]),
    /** Time of the last record, or null. */
    lastWriteAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  },
  strict,
);
export type PartitionState = Static<typeof PartitionState>;

/** Why a cell that answers may not write. */
export const Quarantine = Type.Object(
  {
    since: Type.String({ format: 'date-time' }),
    /** What it waits for now. */
    reason: Type.String(),
    /** Why its database counts as restored; null where it does not. */
    cause: Type.Union([Type.String(), Type.Null()]),
    /** Partitions whose standby has writes that the cell lacks. */
    partitionsBehind: Type.Integer({ minimum: 0 }),
  },
  strict,
);
export type Quarantine = Static<typeof Quarantine>;

export const PartitionStates = Type.Object(
  {
    cell: CellName,
    /** Made anew when the cell's database is made or restored. */
    incarnation: Type.String(),
    /** Null where the cell may write; missing in what an older version says. */
    quarantine: Type.Optional(Type.Union([Quarantine, Type.Null()])),
    /** Version of the log that this cell writes and reads. */
    logSchema: Type.Integer(),
    /** Version of the placement table that the cell has taken in; null before the first. */
    tableVersion: Type.Union([Type.Integer(), Type.Null()]),
    states: Type.Array(PartitionState),
  },
  strict,
);
export type PartitionStates = Static<typeof PartitionStates>;

export const SeedRequest = Type.Object(
  { plan: PlanId, from: CellName, partitions: PartitionList },
  strict,
);
export const FenceRequest = Type.Object(
  { plan: PlanId, target: CellName, partitions: PartitionList },
  strict,
);
export const FenceAnswer = Type.Object(
  {
    cuts: Type.Array(PartitionPoint),
    refused: Type.Array(Type.Object({ partition: PartitionName, reason: Type.String() }, strict)),
  },
  strict,
);
export type FenceAnswer = Static<typeof FenceAnswer>;

export const AwaitRequest = Type.Object(
  {
    cuts: Type.Array(PartitionPoint, { minItems: 1, maxItems: PARTITIONS_MAX }),
    waitMs: Type.Integer({ minimum: 0, maximum: 5_000 }),
  },
  strict,
);
export const AwaitAnswer = Type.Object(
  {
    reached: Type.Array(PartitionName),
    behind: Type.Array(PartitionPoint),
    /** Past the cut, or with another history. */
    diverged: Type.Array(PartitionPoint),
  },
  strict,
);
export type AwaitAnswer = Static<typeof AwaitAnswer>;

export const ReleaseRequest = Type.Object({ plan: PlanId, partitions: PartitionList }, strict);

/** What reading the directory now has changed. */
export const RefreshAnswer = Type.Object(
  {
    tableVersion: Type.Integer(),
    promoted: PartitionListOrEmpty(),
    demoted: PartitionListOrEmpty(),
    /** Named as primary by the directory, but not able to be: with the reason. */
    waiting: Type.Array(Type.Object({ partition: PartitionName, reason: Type.String() }, strict)),
  },
  strict,
);
export type RefreshAnswer = Static<typeof RefreshAnswer>;

function PartitionListOrEmpty() {
  return Type.Array(PartitionName, { maxItems: PARTITIONS_MAX });
}

/** Digest of one table of one partition: the number of rows and a hash over all of them, in order. */
export const TableDigest = Type.Object(
  { table: Type.String(), rows: Type.Integer({ minimum: 0 }), hash: Type.String() },
  strict,
);
export const DigestRequest = Type.Object({ partitions: PartitionList }, strict);
export const DigestAnswer = Type.Object(
  {
    digests: Type.Array(
      Type.Object({ ...PartitionPoint.properties, tables: Type.Array(TableDigest) }, strict),
    ),
  },
  strict,
);
export type DigestAnswer = Static<typeof DigestAnswer>;

/** What a standby found when it compared its copies with their primaries. */
export const RepairRequest = Type.Object(
  {
    partitions: PartitionList,
    /** False: only look. */
    repair: Type.Boolean({ default: true }),
  },
  strict,
);
export const RepairAnswer = Type.Object(
  {
    same: PartitionListOrEmpty(),
    /** Being copied anew, where that was asked for. */
    differing: Type.Array(
      Type.Object({ partition: PartitionName, tables: Type.Array(Type.String()) }, strict),
    ),
    /** No copies that follow, or never met at the position of their primary. */
    unknown: PartitionListOrEmpty(),
  },
  strict,
);
export type RepairAnswer = Static<typeof RepairAnswer>;

export const SeedAnswer = Type.Object(
  {
    /** Copies now: they are seeded, or were already. */
    accepted: PartitionListOrEmpty(),
    refused: Type.Array(Type.Object({ partition: PartitionName, reason: Type.String() }, strict)),
  },
  strict,
);
export type SeedAnswer = Static<typeof SeedAnswer>;

/** How far a cell that lost partitions came, to be compared with the histories of the new primaries. */
export const CompareRequest = Type.Object(
  { points: Type.Array(PartitionPoint, { minItems: 1, maxItems: PARTITIONS_MAX }) },
  strict,
);
export const CompareAnswer = Type.Object(
  {
    histories: Type.Array(
      Type.Object(
        {
          partition: PartitionName,
          role: Type.Enum(Object.keys(PARTITION_ROLES) as PartitionRole[]),
          epoch: Epoch,
          version: Version,
          /** The last version of the caller's epoch, or of one before it; null where the log is too short. */
          common: Type.Union([
            Type.Object({ version: Version, chain: Chain }, strict),
            Type.Null(),
          ]),
          /** The chain at the caller's version; null where this history does not have it any more. */
          chainThere: Type.Union([Chain, Type.Null()]),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type CompareAnswer = Static<typeof CompareAnswer>;

/** Writes of a cell that the new primary of their partition never had: kept, and told of. */
export const Divergence = Type.Object(
  {
    id: Type.String(),
    partition: PartitionName,
    /** The epoch in which they were written, and the last version that the new primary has. */
    epoch: Epoch,
    afterVersion: Version,
    toVersion: Version,
    newPrimary: CellName,
    newEpoch: Epoch,
    records: Type.Integer({ minimum: 0 }),
    /** Payments that were touched by them. */
    payments: Type.Integer({ minimum: 0 }),
    /** What was captured in those payments, by currency, in minor units. */
    captured: Type.Record(Type.String(), Version),
    /** SHA-256 of each part of the JSON lines, in order: names in the cell's blob store. */
    files: Type.Array(Type.String()),
    foundAt: Type.String({ format: 'date-time' }),
  },
  strict,
);
export type Divergence = Static<typeof Divergence>;
export const DivergenceList = Type.Object(
  { cell: CellName, divergences: Type.Array(Divergence) },
  strict,
);
export type DivergenceList = Static<typeof DivergenceList>;
