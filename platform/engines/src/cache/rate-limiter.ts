/** The port of rate limits: so many points for a key in a window, which begins at its first use. */
export interface RateLimiter {
  /**
   * Takes points of a key, if it has as many left.
   * @param points default 1; a whole number above zero
   * @throws RangeError where it is none
   */
  consume(key: string, points?: number): Promise<RateLimitOutcome>;
  /** Gives a key all of its points back, say after a right password. */
  reset(key: string): Promise<void>;
  close(): Promise<void>;
}

export interface RateLimitOutcome {
  readonly allowed: boolean;
  /** Points left in the window. */
  readonly remaining: number;
  /** Until the window ends, in milliseconds. */
  readonly resetMs: number;
}

export interface RateLimit {
  readonly points: number;
  readonly windowMs: number;
}

/** Refuses points that make no sense, for every adapter alike. */
export function checkPoints(points: number): void {
  if (!Number.isSafeInteger(points) || points < 1) {
    throw new RangeError(`${points} points can not be taken`);
  }
}
