import type { Partition } from '@commerce/contracts/ids';
import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import { skipWhereLost } from '../partitions/unit-of-work.ts';

const INTERVAL_MS = 2_000;
const BATCH = 50;

/** Makes the job that carries on what nobody does any more, the longest due first. */
export function createRecovery<Id extends string>(options: {
  readonly name: string;
  readonly clock: Clock;
  readonly listDue: (
    now: Date,
    limit: number,
  ) => Promise<readonly { readonly partition: Partition; readonly id: Id }[]>;
  /** Whether this process is carrying it on right now. */
  readonly isUnderWay: (id: Id) => boolean;
  readonly carryOn: (partition: Partition, id: Id) => Promise<void>;
}): Job {
  return {
    name: options.name,
    intervalMs: INTERVAL_MS,
    async run(signal) {
      const due = await options.listDue(options.clock.now(), BATCH);
      for (const { partition, id } of due) {
        if (signal.aborted) return false;
        if (!options.isUnderWay(id)) await skipWhereLost(options.carryOn(partition, id));
      }
      return due.length === BATCH;
    },
  };
}
