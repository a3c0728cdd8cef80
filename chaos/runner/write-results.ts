import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ExperimentResult } from './run-experiment.ts';

/** The last result of each experiment, as a table of `docs/benchmarks.md`. */

const DOCUMENT = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const BEGIN = '<!-- chaos: begin -->';
const END = '<!-- chaos: end -->';
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

function formatTable(rows: readonly Row[]): string {
  const all = [[...HEADINGS], ...rows];
  const widths = HEADINGS.map((_, column) =>
    Math.max(3, ...all.map((row) => row[column]?.length ?? 0)),
  );
  const lines = all.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/**
 * Puts results in place of those of the same experiments; the others stay.
 * @param order names of all experiments, in which the rows stand; one that is gone loses its row
 */
export function mergeResults(
  document: string,
  rows: readonly Row[],
  order: readonly string[],
): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${DOCUMENT} has lost the marks of its table`);
  const merged = new Map<string, Row>();
  for (const row of [...readRows(document.slice(begin, end)), ...rows]) {
    merged.set(row[0] ?? '', row);
  }
  const sorted = order.flatMap((name) => {
    const row = merged.get(`\`${name}\``);
    return row === undefined ? [] : [row];
  });
  const before = document.slice(0, begin + BEGIN.length);
  return `${before}\n\n${formatTable(sorted)}\n\n${document.slice(end)}`;
}

/** Notes a result in the document as soon as it is there: the next experiment may take the run along. */
export async function writeResult(
  result: ExperimentResult,
  load: number,
  order: readonly string[],
): Promise<void> {
  const row = formatResultRow(result, load, new Date().toISOString().slice(0, 10));
  await writeFile(DOCUMENT, mergeResults(await readFile(DOCUMENT, 'utf8'), [row], order));
}

/** How busy the machine is with other things. */
export const loadNow = (): number => os.loadavg()[0] ?? 0;
