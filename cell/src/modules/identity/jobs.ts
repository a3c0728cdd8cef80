import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import { skipWhereLost, type UnitOfWork } from '../../partitions/unit-of-work.ts';
import { deleteSession, listEndedSessions } from './session-store.ts';

/** Ended sessions are kept for a while, for the answer "this session has ended". */
const KEPT_AFTER_END_MS = 7 * 24 * 60 * 60_000;
const INTERVAL_MS = 10 * 60_000;
const BATCH = 200;

/** Deletes sessions that ended a week ago, so that they don't pile up. */
export function createSessionsSweep(deps: {
  readonly sql: Sql;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}): Job {
  const { sql, unitOfWork, clock } = deps;
  return {
    name: 'sessions-sweep',
    intervalMs: INTERVAL_MS,
    async run(signal) {
      const endedBefore = new Date(clock.nowMs() - KEPT_AFTER_END_MS);
      const ended = await listEndedSessions(sql, endedBefore, BATCH);
      const byPartition = Map.groupBy(ended, (session) => session.partition);
      for (const [partition, sessions] of byPartition) {
        if (signal.aborted) return false;
        await skipWhereLost(
          unitOfWork.run(partition, 'identity.sweep-sessions', async (work) => {
            for (const { id } of sessions) await deleteSession(work, id);
          }),
        );
      }
      return ended.length === BATCH;
    },
  };
}
