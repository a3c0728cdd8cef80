import { setTimeout as delay } from 'node:timers/promises';
import type { Partition } from '@commerce/contracts/ids';
import type { AwaitAnswer, PartitionPoint } from '@commerce/contracts/partition-control';
import type { Sql } from '@commerce/engines/sql/sql';
import { type FencedRow, readRows } from './role-store.ts';

/** Waits until copies of partitions have come as far as the fenced primary did. */
export interface CutWaiter {
  /**
   * @returns as soon as every cut is reached or can't be reached any more, else when the time is over
   */
  wait(cuts: readonly PartitionPoint[], waitMs: number): Promise<AwaitAnswer>;
}

/** A fraction of the pause that a shopper may feel. */
const LOOK_INTERVAL_MS = 10;

type Reached = 'reached' | 'behind' | 'diverged';

function compare(cut: PartitionPoint, row: FencedRow | undefined): Reached {
  const version = BigInt(cut.version);
  if (row === undefined || row.version < version) return 'behind';
  if (row.version > version) return 'diverged';
  return row.chain === cut.chain ? 'reached' : 'diverged';
}

export function createCutWaiter({ sql }: { readonly sql: Sql }): CutWaiter {
  return Object.freeze<CutWaiter>({
    async wait(cuts, waitMs) {
      const names = cuts.map((cut) => cut.partition as Partition);
      const deadlineMs = performance.now() + waitMs;
      for (;;) {
        const rows = new Map<string, FencedRow>(
          (await readRows(sql, names)).map((row) => [row.partition, row]),
        );
        const groups = Map.groupBy(cuts, (cut) => compare(cut, rows.get(cut.partition)));
        const behind = groups.get('behind') ?? [];
        if (behind.length === 0 || performance.now() >= deadlineMs) {
          return {
            reached: (groups.get('reached') ?? []).map((cut) => cut.partition),
            behind: behind.map((cut) => pointOf(cut, rows.get(cut.partition))),
            diverged: (groups.get('diverged') ?? []).map((cut) =>
              pointOf(cut, rows.get(cut.partition)),
            ),
          };
        }
        await delay(LOOK_INTERVAL_MS);
      }
    },
  });
}

/** Where the copy is; a partition that is not held at all is at the cut's own place with nothing. */
function pointOf(cut: PartitionPoint, row: FencedRow | undefined): PartitionPoint {
  if (row === undefined) return { ...cut, version: '0' };
  const { partition, epoch, version, chain } = row;
  return { partition, epoch: Number(epoch), version: version.toString(), chain };
}
