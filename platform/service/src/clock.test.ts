import { expect, it } from 'vitest';
import { createManualClock, systemClock } from './clock.ts';

it('stands still until it is turned', () => {
  const clock = createManualClock(1_000);
  expect([clock.nowMs(), clock.now().getTime()]).toEqual([1_000, 1_000]);
  clock.advance(500);
  expect([clock.nowMs(), clock.now().getTime()]).toEqual([1_500, 1_500]);
});

it("is the machine's clock where nobody turns it", () => {
  const before = Date.now();
  expect(systemClock.nowMs()).toBeGreaterThanOrEqual(before);
  expect(systemClock.now().getTime()).toBeLessThanOrEqual(Date.now());
});
