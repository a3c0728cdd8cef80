/**
 * Keeps requests from a cell that does not answer. A cell's own refusals and errors are answers: only
 * connections that fail and time-outs count, so one bad operation does not take a cell away.
 */
export interface CellBreaker {
  readonly state: BreakerState;
  /** Time of the last failure, in milliseconds since 1970; 0 where there was none since a success. */
  readonly failedAtMs: number;
  /**
   * Whether a request may be sent now. While the breaker is not closed one may in each interval, so
   * that a probe that hangs does not keep a cell away which is back.
   */
  tryPass(nowMs: number): boolean;
  recordSuccess(): void;
  recordFailure(nowMs: number): void;
}

/** `closed` lets all through, `open` none, `half-open` has a probe under way. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerLimits {
  /** Failures in a row that open it. */
  readonly failuresMax: number;
  /** How long nothing is sent after a failure, and between two probes. */
  readonly openMs: number;
}

/** Makes a closed breaker. */
export function createCellBreaker(limits: BreakerLimits): CellBreaker {
  let state: BreakerState = 'closed';
  let failures = 0;
  let failedAtMs = 0;
  let probeAtMs = 0;
  return {
    get state() {
      return state;
    },
    get failedAtMs() {
      return failedAtMs;
    },
    tryPass(nowMs) {
      if (state === 'closed') return true;
      if (nowMs < probeAtMs) return false;
      state = 'half-open';
      probeAtMs = nowMs + limits.openMs;
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
      probeAtMs = nowMs + limits.openMs;
    },
  };
}
