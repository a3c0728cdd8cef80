import type { SeenPositions } from '../seen-positions.ts';
import { readPositions, readWorkerPid } from './read-stats.ts';
import type { RuntimeSocket } from './runtime-socket.ts';

/** Brings the positions that HAProxy has seen into those of the router, also from workers that leave. */
export interface PositionReader {
  /** @returns the number of the worker that was read */
  collect(): Promise<number | undefined>;
  /** Reads a worker that was replaced until it has ended: its last requests may be writes. */
  followLeaving(worker: number | undefined): void;
  stop(): Promise<void>;
}

/** A HAProxy that crashes takes what it saw since the last reading with it. */
const INTERVAL_MS = 5_000;
const LEAVING_INTERVAL_MS = 250;

export function createPositionReader(
  runtime: RuntimeSocket,
  master: RuntimeSocket,
  positions: SeenPositions,
): PositionReader {
  const leaving = new Set<NodeJS.Timeout>();

  const record = (text: string): void => {
    for (const [partition, seen] of readPositions(text)) {
      for (const position of seen) positions.record(partition, position);
    }
  };

  const collect = async (): Promise<number | undefined> => {
    record(await runtime.ask('show table positions'));
    return readWorkerPid(await runtime.ask('show info'));
  };

  // While HAProxy is being restarted there is nothing to read.
  const timer = setInterval(() => void collect().catch(() => undefined), INTERVAL_MS);

  return Object.freeze({
    collect,
    followLeaving(worker: number | undefined): void {
      if (worker === undefined) return;
      const follow = setInterval(() => {
        master.ask(`@!${worker} show table positions`).then(
          (text) => {
            // The master says in words that it has no such worker any more.
            if (text.includes('# table: positions')) record(text);
            else done();
          },
          () => done(),
        );
      }, LEAVING_INTERVAL_MS);
      const done = (): void => {
        clearInterval(follow);
        leaving.delete(follow);
      };
      leaving.add(follow);
    },
    async stop(): Promise<void> {
      clearInterval(timer);
      for (const follow of leaving) clearInterval(follow);
      await collect().catch(() => undefined);
    },
  });
}
