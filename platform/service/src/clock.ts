/** Time is injected, so that tests turn the clock instead of waiting. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
  now(): Date;
}

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  now: () => new Date(),
});

/** A clock that stands still until it is turned; for tests. */
export function createManualClock(startMs: number): Clock & { advance(ms: number): void } {
  let currentMs = startMs;
  return {
    nowMs: () => currentMs,
    now: () => new Date(currentMs),
    advance: (ms) => {
      currentMs += ms;
    },
  };
}
