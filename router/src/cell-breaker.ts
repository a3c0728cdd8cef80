/**
 * Keeps requests from a cell that does not answer. A cell's own refusals and errors are answers: only
 * connections that fail and time-outs count, so one bad operation does not take a cell away.
 */
export interface CellBreaker {
  readonly state: BreakerState;
  /** Time of the last failure, in milliseconds since 1970; 0 where there was none since a success. */
  readonly failedAtMs: number;
  /** Whether a request may be sent now. In `half-open` one may, and its outcome decides. */
  tryPass(nowMs: number): boolean;
  recordSuccess(): void;
  recordFailure(nowMs: number): void;
  /** The request that was let through ended without telling anything: its client went away. */
  recordNothing(): void;
}

/** `closed` lets all through, `open` none, `half-open` has one probe under way. */
export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

export interface BreakerLimits {
  /** Failures in a row that open it. */
  readonly failuresMax: number;
  /** How long it stays open before one request is let through as a probe. */
  readonly openMs: number;
}

/** Makes a closed breaker. */
export function createCellBreaker(limits: BreakerLimits): CellBreaker {
  let state: BreakerState = 'closed';
  let failures = 0;
  let failedAtMs = 0;
  return {
    get state() {
      return state;
    },
    get failedAtMs() {
      return failedAtMs;
    },
    tryPass(nowMs) {
      if (state === 'closed') return true;
      if (state === 'half-open' || nowMs < failedAtMs + limits.openMs) return false;
      state = 'half-open';
      return true;
    },
    recordSuccess() {
      state = 'closed';
      failures = 0;
      failedAtMs = 0;
    },
    recordFailure(nowMs) {
      failures++;
      failedAtMs = nowMs;
      if (state === 'closed' && failures < limits.failuresMax) return;
      state = 'open';
    },
    recordNothing() {
      // The probe's place is free again at once, as nothing is known yet.
      if (state === 'half-open') state = 'open';
    },
  };
}
