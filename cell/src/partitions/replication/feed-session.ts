import type { CellId, Partition } from '@commerce/contracts/ids';
import type { PullRefusal } from '@commerce/contracts/partition-control';
import type { Position } from '@commerce/contracts/positions';
import type { ChangeRecord } from '../change-log.ts';

/** What the feed keeps of one standby cell, from its first pull until it begins another session. */

/** What an answer tells, beside who it is for. */
export interface News {
  readonly records: readonly ChangeRecord[];
  /** Of partitions that are ahead of the records. */
  readonly heads: readonly (Position & { readonly partition: Partition })[];
  readonly refused: readonly { readonly partition: Partition; readonly reason: PullRefusal }[];
  /** Whether there is more at once. */
  readonly more: boolean;
}

export interface Followed {
  epoch: bigint;
  /** Durably applied there. */
  acknowledged: bigint;
  /** Given out in this session. */
  sent: bigint;
  head: bigint;
}

export interface Parked {
  readonly bytesMax: number;
  /** Ends its wait: from here on it is answered by whoever took it. */
  take(): void;
  answer(news: News): void;
}

export interface Session {
  readonly id: string;
  readonly cell: CellId;
  readonly followed: Map<Partition, Followed>;
  /** Partitions with records that were not given out. */
  readonly dirty: Set<Partition>;
  readonly parked: Parked[];
  refused: { partition: Partition; reason: PullRefusal }[];
  seq: number;
  /** Time of its last pull, or of the answer to it. */
  heardAtMs: number;
  isServing: boolean;
  /** Whether somebody waits for what is dirty. */
  isHurried: boolean;
  gathering: NodeJS.Timeout | undefined;
}

export interface Taken {
  readonly partition: Partition;
  readonly version: bigint;
  readonly followed: Followed;
}

/** Partitions whose records are read next, in the order in which they were waiting. */
export function takeDirty({ dirty, followed }: Session, partitionsMax: number): Taken[] {
  const taken: Taken[] = [];
  for (const partition of dirty) {
    if (taken.length === partitionsMax) break;
    dirty.delete(partition);
    const entry = followed.get(partition);
    if (entry === undefined || entry.sent >= entry.head) continue;
    taken.push({ partition, version: entry.sent, followed: entry });
  }
  return taken;
}

/**
 * Records that are given out next: those that follow on what was given out before, up to a size.
 * Notes them as given out.
 */
export function cutToSize(
  session: Session,
  rows: readonly ChangeRecord[],
  bytesMax: number,
): ChangeRecord[] {
  const records: ChangeRecord[] = [];
  let bytes = 0;
  for (const record of rows) {
    bytes += record.changes.length + record.events.length + 256;
    const followed = session.followed.get(record.partition);
    // At least one, or a record above the limit would stay here for ever.
    const fits = records.length === 0 || bytes <= bytesMax;
    if (followed === undefined || record.version !== followed.sent + 1n || !fits) {
      if (!fits) break;
      continue;
    }
    followed.sent = record.version;
    if (record.version > followed.head) followed.head = record.version;
    records.push(record);
  }
  return records;
}
