import os from 'node:os';
import { changePage, formatTable } from '@commerce/load-tests/results/benchmarks-page';
import type { ExperimentResult } from './run-experiment.ts';

/** The last result of each experiment, as a table of `docs/benchmarks.md`. */

const HEADINGS = [
  'experiment',
  'outcome',
  'seconds',
  'orders',
  'without standby',
  'passing faults',
  'slowest request ms',
  'run on',
  'load before',
] as const;

type Row = readonly string[];

/** @param load average before the experiment began */
export function formatResultRow(result: ExperimentResult, load: number, date: string): Row {
  return [
    `\`${result.name}\``,
    result.passed ? 'passed' : 'failed',
    (result.tookMs / 1_000).toFixed(0),
    String(result.acknowledged),
    String(result.degraded),
    String(result.faults),
    result.longestRequestMs.toFixed(0),
    date,
    load.toFixed(1),
  ];
}

function readRows(table: string): Row[] {
  const lines = table.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/**
 * The table with results in place of those of the same experiments; the others stay.
 * @param order names of all experiments, in which the rows stand; one that is gone loses its row
 */
export function mergeResults(
  table: string,
  rows: readonly Row[],
  order: readonly string[],
): string {
  const merged = new Map<string, Row>();
  for (const row of [...readRows(table), ...rows]) merged.set(row[0] ?? '', row);
  const sorted = order.flatMap((name) => {
    const row = merged.get(`\`${name}\``);
    return row === undefined ? [] : [row];
  });
  return formatTable([HEADINGS, ...sorted]).join('\n');
}

/** Notes a result in the document as soon as it is there: the next experiment may take the run along. */
export async function writeResult(
  result: ExperimentResult,
  load: number,
  order: readonly string[],
): Promise<void> {
  const row = formatResultRow(result, load, new Date().toISOString().slice(0, 10));
  await changePage('chaos', (table) => mergeResults(table, [row], order));
}

/** How busy the machine is with other things. */
export const loadNow = (): number => os.loadavg()[0] ?? 0;
