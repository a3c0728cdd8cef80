import type { CellId, Partition } from '@commerce/contracts/ids';
import type { Placement } from '@commerce/contracts/placements';
import type { Position } from '@commerce/contracts/positions';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { Logger } from '@commerce/service/logger';
import type { ChangeRecord } from '../change-log.ts';
import type { StandbyFeed } from './feed.ts';

/**
 * What an answer is worth: with `full`, the standby has durably what the answer tells of, so that the
 * loss of this cell does not lose it. A standby that is away for longer than two seconds is not waited
 * for any more, until it is back in step: the cell goes on alone and says so with each answer (I1).
 */
export type DurabilityLevel = 'full' | 'degraded';

export interface Durability {
  /**
   * Waits until the standby has a position, for two seconds at most.
   * @param position undefined: everything that is committed to the partition now
   */
  confirm(partition: Partition, position: Position | undefined): Promise<DurabilityLevel>;
  /** Told of each commit. */
  noteCommit(commit: Pick<ChangeRecord, 'partition' | 'version'>): void;
  /** Standby cells, and whether they are gone without. */
  degraded(): ReadonlyMap<CellId, boolean>;
  /** Answers so far by what they are worth, and the time that they waited. */
  totals(): { readonly full: number; readonly degraded: number; readonly waitedMs: number };
}

interface Waiting {
  readonly partition: Partition;
  readonly version: bigint;
  readonly settle: (level: DurabilityLevel) => void;
}

interface StandbyLink {
  isDegraded: boolean;
  /** Partitions that it was waited for in vain, though it follows others: their copies are being made. */
  readonly lacking: Set<Partition>;
  readonly waiting: Set<Waiting>;
}

/** How long an answer waits for the standby, and how long a standby may be away unnoticed. */
const WAIT_MS_MAX = 2_000;
/** Versions that a standby may be behind and count as in step: some hundred milliseconds of a rush. */
const LAG_IN_STEP_MAX = 256n;

const readVersion = statement<{ version: bigint }>(
  'durability.read-version',
  'SELECT version FROM partitions WHERE partition = $1',
);

export interface DurabilityOptions {
  readonly cell: CellId;
  readonly sql: SqlReader;
  readonly feed: StandbyFeed;
  readonly placementOf: (partition: Partition) => Placement | undefined;
  readonly log: Logger;
  /** Default 2,000. */
  readonly waitMsMax?: number;
}

export function createDurability(options: DurabilityOptions): Durability {
  const { cell, sql, feed, placementOf, log, waitMsMax = WAIT_MS_MAX } = options;
  const links = new Map<CellId, StandbyLink>();
  const heads = new Map<Partition, bigint>();
  const totals = { full: 0, degraded: 0, waitedMs: 0 };

  const linkOf = (standby: CellId): StandbyLink => {
    let link = links.get(standby);
    if (link === undefined) {
      // Until it has been heard of nobody waits for it.
      link = { isDegraded: true, lacking: new Set(), waiting: new Set() };
      links.set(standby, link);
    }
    return link;
  };

  const degrade = (standby: CellId, link: StandbyLink): void => {
    if (link.isDegraded) return;
    link.isDegraded = true;
    log.warn({ cell: standby }, 'standby is away: answers are given without it');
    for (const entry of link.waiting) entry.settle('degraded');
  };

  feed.onAcknowledged((standby) => {
    const link = linkOf(standby);
    for (const entry of link.waiting) {
      const acknowledged = feed.acknowledged(standby, entry.partition);
      if (acknowledged !== undefined && acknowledged >= entry.version) entry.settle('full');
    }
    if (link.isDegraded && feed.lagOf(standby) <= LAG_IN_STEP_MAX) {
      link.isDegraded = false;
      log.info({ cell: standby }, 'standby is in step');
    }
  });

  const versionOf = async (
    partition: Partition,
    position: Position | undefined,
  ): Promise<bigint> => {
    const known = position?.version ?? heads.get(partition);
    if (known !== undefined) return known;
    // An answer that was kept by a process before this one.
    return (await sql.query(readVersion, [partition]))[0]?.version ?? 0n;
  };

  const wait = (standby: CellId, partition: Partition, version: bigint): Promise<DurabilityLevel> =>
    new Promise((resolve) => {
      const link = linkOf(standby);
      const entry: Waiting = {
        partition,
        version,
        settle(level) {
          clearTimeout(timer);
          link.waiting.delete(entry);
          resolve(level);
        },
      };
      const timer = setTimeout(() => {
        if (feed.acknowledged(standby, partition) === undefined) link.lacking.add(partition);
        else degrade(standby, link);
        entry.settle('degraded');
      }, waitMsMax);
      link.waiting.add(entry);
      feed.hurry(standby);
    });

  const judge = async (
    partition: Partition,
    position: Position | undefined,
  ): Promise<DurabilityLevel> => {
    const placement = placementOf(partition);
    // It has moved away, with everything that was committed here before.
    if (placement !== undefined && placement.primary !== cell) return 'full';
    const standby = placement?.standby;
    if (standby === undefined) return 'degraded';
    const link = linkOf(standby);
    const version = await versionOf(partition, position);
    const acknowledged = feed.acknowledged(standby, partition);
    if (acknowledged === undefined) {
      // After a move the cell that was the primary becomes the standby within a moment.
      if (link.lacking.has(partition)) return 'degraded';
    } else {
      link.lacking.delete(partition);
      if (acknowledged >= version) return 'full';
    }
    if (feed.absentMs(standby) > waitMsMax) degrade(standby, link);
    return link.isDegraded ? 'degraded' : wait(standby, partition, version);
  };

  return {
    async confirm(partition, position) {
      const startedAtMs = performance.now();
      const level = await judge(partition, position);
      totals.waitedMs += performance.now() - startedAtMs;
      totals[level] += 1;
      return level;
    },
    noteCommit: ({ partition, version }) => {
      if (version > (heads.get(partition) ?? 0n)) heads.set(partition, version);
    },
    degraded: () => new Map([...links].map(([name, link]) => [name, link.isDegraded])),
    totals: () => totals,
  };
}
