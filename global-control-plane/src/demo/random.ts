/** A stream of pseudo-random numbers that is the same for the same seed on every machine. */
export interface Random {
  /** A number in [0, 1). */
  readonly next: () => number;
  /** A whole number from `min` to `max`, both included. */
  readonly integer: (min: number, max: number) => number;
  /** One item of a list that is not empty. */
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** `count` different items, in the list's order; all of them where there are fewer. */
  readonly sample: <Item>(items: readonly Item[], count: number) => Item[];
  /** Whether an event of this probability (0 … 1) happens. */
  readonly chance: (probability: number) => boolean;
}

/** Mixes whole numbers into one seed of 32 bits, so that near inputs give unrelated streams. */
export function mixSeed(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part | 0), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  return hash >>> 0;
}

/** Makes a stream (mulberry32) from a seed of 32 bits. Good enough to look varied, not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return Object.freeze({
    next,
    integer,
    pick: <Item>(items: readonly Item[]): Item => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[Math.floor(next() * items.length)] as Item;
    },
    sample: <Item>(items: readonly Item[], count: number): Item[] => {
      const chosen: Item[] = [];
      for (const [index, item] of items.entries()) {
        if (next() * (items.length - index) < count - chosen.length) chosen.push(item);
      }
      return chosen;
    },
    chance: (probability: number): boolean => next() < probability,
  });
}
