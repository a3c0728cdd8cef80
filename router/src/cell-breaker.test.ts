import { expect, it } from 'vitest';
import { createCellBreaker } from './cell-breaker.ts';

const limits = { failuresMax: 3, openMs: 100 };

it('opens after failures in a row, and not after as many with a success among them', () => {
  const breaker = createCellBreaker(limits);
  breaker.recordFailure(0);
  breaker.recordFailure(0);
  breaker.recordSuccess();
  breaker.recordFailure(0);
  breaker.recordFailure(0);
  expect(breaker.tryPass(0)).toBe(true);
  breaker.recordFailure(0);
  expect(breaker.state).toBe('open');
  expect(breaker.tryPass(99)).toBe(false);
});

it('lets one probe through in each interval, and closes with its success', () => {
  const breaker = createCellBreaker(limits);
  for (let i = 0; i < 3; i++) breaker.recordFailure(0);
  expect([100, 100, 150, 199, 200, 201].map((nowMs) => breaker.tryPass(nowMs))).toEqual([
    true,
    false,
    false,
    false,
    true,
    false,
  ]);
  expect(breaker.state).toBe('half-open');
  breaker.recordSuccess();
  expect(breaker.state).toBe('closed');
  expect(breaker.tryPass(201)).toBe(true);
});

it('opens again at once when a probe fails', () => {
  const breaker = createCellBreaker(limits);
  for (let i = 0; i < 3; i++) breaker.recordFailure(0);
  breaker.tryPass(100);
  breaker.recordFailure(150);
  expect(breaker.state).toBe('open');
  expect(breaker.failedAtMs).toBe(150);
  expect(breaker.tryPass(249)).toBe(false);
  expect(breaker.tryPass(250)).toBe(true);
});
