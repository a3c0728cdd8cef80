import { setTimeout as delay } from 'node:timers/promises';
import type { CellId, Partition } from '@commerce/contracts/ids';
import type { Ownership } from '../ownership.ts';
import type { PlacementFollower } from '../placement-follower.ts';

/**
 * Where a partition's requests are to go at this moment. Between the fence and the promotion of the
 * new primary that is nowhere: whoever asks waits, for a stated time at most.
 */
export interface Whereabouts {
  /**
   * @param wait.sinceEpoch what the asker knows already: an older epoch is no answer
   * @returns undefined where it was not known when the time was over
   */
  find(
    partition: Partition,
    wait: { readonly sinceEpoch: number; readonly untilMs: number },
  ): Promise<Place | undefined>;
}

export interface Place {
  readonly cell: CellId;
  readonly epoch: number;
}

/** How often the directory is read while somebody waits; an announced change needs no reading. */
const LOOK_INTERVAL_MS = 50;

export function createWhereabouts(options: {
  readonly cell: CellId;
  readonly ownership: Ownership;
  readonly placements: Pick<PlacementFollower, 'refresh'>;
}): Whereabouts {
  const { cell, ownership, placements } = options;
  const waiting = new Set<symbol>();
  let isLooking = false;

  const placeOf = (partition: Partition, sinceEpoch: number): Place | undefined => {
    const held = ownership.of(partition);
    if (held?.role === 'primary') {
      return held.epoch < sinceEpoch ? undefined : { cell, epoch: held.epoch };
    }
    const placed = ownership.placementOf(partition);
    // Named by the directory, and not primary: it is fenced and not moved yet, or about to take over.
    if (placed === undefined || placed.primary === cell) return undefined;
    if (placed.epoch < Math.max(sinceEpoch, held?.epoch ?? 0)) return undefined;
    return { cell: placed.primary, epoch: placed.epoch };
  };

  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    while (waiting.size > 0) {
      // A directory that is away is asked again; those who wait have their own time-out.
      await placements.refresh().catch(() => undefined);
      await delay(LOOK_INTERVAL_MS);
    }
    isLooking = false;
  };

  return Object.freeze<Whereabouts>({
    async find(partition, { sinceEpoch, untilMs }) {
      let place = placeOf(partition, sinceEpoch);
      if (place !== undefined) return place;
      const asker = Symbol(partition);
      waiting.add(asker);
      void look();
      try {
        await new Promise<void>((resolve) => {
          const leave = (): void => {
            clearTimeout(timer);
            stop();
            resolve();
          };
          const stop = ownership.onChanged(() => {
            place = placeOf(partition, sinceEpoch);
            if (place !== undefined) leave();
          });
          const timer = setTimeout(leave, Math.max(0, untilMs - performance.now()));
        });
      } finally {
        waiting.delete(asker);
      }
      return place;
    },
  });
}
