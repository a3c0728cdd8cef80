/**
 * Lock-out after failed sign-ins, as arithmetic on what is stored. The first failures are free; from
 * the fifth on each one locks the account, for twice as long as the one before.
 */

export const FREE_FAILURES = 4;
const FIRST_LOCK_MS = 60_000;
const LOCK_MS_MAX = 60 * 60_000;
/** Failures that are this old don't count: nobody guesses so slowly. */
const FAILURES_FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;

export interface FailureState {
  readonly failedAttempts: number;
  readonly lastFailedAt: Date | null;
  readonly lockedUntil: Date | null;
}

export const NO_FAILURES: FailureState = Object.freeze({
  failedAttempts: 0,
  lastFailedAt: null,
  lockedUntil: null,
});

/** Whole seconds until the lock ends, rounded up; 0 where there is none. */
export function secondsLocked(state: FailureState, now: Date): number {
  if (state.lockedUntil === null) return 0;
  return Math.max(0, Math.ceil((state.lockedUntil.getTime() - now.getTime()) / 1_000));
}

/** The state after one more failure, in an account that is not locked. */
export function afterFailure(state: FailureState, now: Date): FailureState {
  const ageMs = state.lastFailedAt === null ? 0 : now.getTime() - state.lastFailedAt.getTime();
  const failedAttempts = ageMs > FAILURES_FORGOTTEN_AFTER_MS ? 1 : state.failedAttempts + 1;
  const locks = failedAttempts - FREE_FAILURES;
  // The exponent is bounded, as a power of two overflows long before an attacker gives up.
  const lockMs = Math.min(LOCK_MS_MAX, FIRST_LOCK_MS * 2 ** Math.min(locks - 1, 10));
  return {
    failedAttempts,
    lastFailedAt: now,
    lockedUntil: locks >= 1 ? new Date(now.getTime() + lockMs) : null,
  };
}
