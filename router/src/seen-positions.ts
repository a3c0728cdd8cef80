import type { Partition } from '@commerce/contracts/ids';
import { comparePositions, type Position, parsePosition } from '@commerce/contracts/positions';

/**
 * The highest position that this router has seen of each partition. After the loss of a cell it tells
 * exactly which acknowledged writes the new primary lacks.
 */
export interface SeenPositions {
  /** Takes a position as a cell has sent it; text that is none is ignored. */
  record(partition: Partition, text: string): void;
  all(): ReadonlyMap<Partition, Position>;
}

/** Starts with nothing seen. There are as many entries as partitions at most. */
export function createSeenPositions(): SeenPositions {
  const highest = new Map<Partition, Position>();
  return Object.freeze({
    record(partition: Partition, text: string): void {
      const position = parsePosition(text);
      if (position === undefined) return;
      const known = highest.get(partition);
      if (known === undefined || comparePositions(position, known) > 0) {
        highest.set(partition, position);
      }
    },
    all: () => highest,
  });
}
