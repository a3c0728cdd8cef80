import { expect, it } from 'vitest';
import { afterFailure, type FailureState, NO_FAILURES, secondsLocked } from './lockout.ts';

const start = new Date('2026-01-01T00:00:00Z');
const later = (ms: number): Date => new Date(start.getTime() + ms);
const afterFailures = (count: number): FailureState =>
  Array.from({ length: count }).reduce<FailureState>(
    (state) => afterFailure(state, start),
    NO_FAILURES,
  );

it('locks from the fifth failure on, for twice as long each time, up to an hour', () => {
  const seconds = [1, 4, 5, 6, 7, 10, 11, 50, 2_000].map((count) =>
    secondsLocked(afterFailures(count), start),
  );
  expect(seconds).toEqual([0, 0, 60, 120, 240, 1920, 3600, 3600, 3600]);
});

it('ends the lock to the second', () => {
  const state = afterFailures(5);
  expect(secondsLocked(state, later(59_001))).toBe(1);
  expect(secondsLocked(state, later(60_000))).toBe(0);
});

it('forgets failures after a day', () => {
  const state = afterFailure(afterFailures(4), later(24 * 60 * 60_000 + 1));
  expect(state).toMatchObject({ failedAttempts: 1, lockedUntil: null });
});
