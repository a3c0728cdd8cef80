import { changeBetweenMarks } from '@commerce/load-tests/results/benchmarks-page';
import { expect, it } from 'vitest';
import type { ExperimentResult } from '../runner/run-experiment.ts';
import { formatResultRow, mergeResults } from '../runner/write-results.ts';

const result = (name: string, passed: boolean): ExperimentResult => ({
  name,
  hypothesis: 'It holds.',
  passed,
  reasons: [],
  tookMs: 12_345,
  acknowledged: 20,
  degraded: 3,
  faults: 1,
  longestRequestMs: 99.6,
  books: undefined,
  isReset: true,
});
const row = (name: string, passed: boolean) =>
  formatResultRow(result(name, passed), 2.34, '2026-01-02');
const merge = (page: string, rows: readonly (readonly string[])[], order: readonly string[]) =>
  changeBetweenMarks(page, 'chaos', (table) => mergeResults(table, rows, order));
const EMPTY = 'before\n<!-- chaos: begin -->\n<!-- chaos: end -->\nafter\n';

it('keeps the last result of each experiment, in the order in which they are declared', () => {
  const order = ['one', 'two', 'three'];
  const first = merge(EMPTY, [row('three', true), row('one', false)], order);
  const second = merge(first, [row('one', true), row('gone', true)], order);
  const lines = second.split('\n').filter((line) => line.startsWith('| `'));
  expect(lines.map((line) => line.split('|').map((cell) => cell.trim()))).toEqual([
    ['', '`one`', 'passed', '12', '20', '3', '1', '100', '2026-01-02', '2.3', ''],
    ['', '`three`', 'passed', '12', '20', '3', '1', '100', '2026-01-02', '2.3', ''],
  ]);
  expect(second.startsWith('before\n')).toBe(true);
  expect(second.endsWith('<!-- chaos: end -->\nafter\n')).toBe(true);
  expect(merge(second, [], order)).toBe(second);
});

it('refuses a document without its place', () => {
  expect(() => merge('nothing', [], [])).toThrow('has lost the marks');
});
