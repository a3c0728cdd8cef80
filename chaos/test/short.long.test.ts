import { expect, test } from 'vitest';
import { EXPERIMENTS } from '../experiments/index.ts';
import { runAll } from '../runner/run-all.ts';

const SHORT = EXPERIMENTS.filter(({ isShort }) => isShort === true);

test('each experiment has a name of its own, and says beforehand what must keep holding', () => {
  const names = EXPERIMENTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(EXPERIMENTS.filter(({ hypothesis }) => !/^[A-Z].*\.$/.test(hypothesis))).toEqual([]);
  expect(EXPERIMENTS.filter(({ mustBeCaught }) => mustBeCaught === true)).toHaveLength(1);
});

test('I1, I2, I3, I4, I6: the short experiments hold, and the one without a fence is caught', async () => {
  const results = await runAll(SHORT, () => undefined);
  expect(results.map(({ name, reasons }) => [name, reasons])).toEqual(
    SHORT.map(({ name }) => [name, []]),
  );
}, 900_000);
