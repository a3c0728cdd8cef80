import type { BooksVerdict } from '../books/check-books.ts';
import { changePage, formatTable } from '../results/benchmarks-page.ts';
import type { Move } from './measure.ts';

/** The trial's table, on the terminal and in `docs/benchmarks.md`. */

export interface TrialResult {
  readonly machine: string;
  /** What was loaded before each size, in words. */
  readonly loads: readonly string[];
  readonly moves: readonly Move[];
  readonly books: BooksVerdict;
}

/** What an evacuation of a cell should stay within, on two quiet cores. */
export const GOALS = { tookMs: 30_000, pauseP99Ms: 250, pauseMaxMs: 2_000 } as const;

const HEADINGS = [
  'move',
  'seconds',
  'partitions',
  'pause p99 ms',
  'pause max ms',
  'orders meanwhile',
  'failed requests',
  'slowest request ms',
  'within the goals',
] as const;

function isWithinGoals(move: Move): boolean {
  const { tookMs, pauseP99Ms = 0, pauseMaxMs = 0, failedRequests, code } = move;
  return (
    code === 0 &&
    failedRequests === 0 &&
    tookMs <= GOALS.tookMs &&
    pauseP99Ms <= GOALS.pauseP99Ms &&
    pauseMaxMs <= GOALS.pauseMaxMs
  );
}

function formatMove(move: Move): string[] {
  return [
    move.name,
    (move.tookMs / 1_000).toFixed(1),
    String(move.partitions),
    String(move.pauseP99Ms ?? ''),
    String(move.pauseMaxMs ?? ''),
    String(move.orders),
    String(move.failedRequests),
    move.slowestRequestMs.toFixed(0),
    isWithinGoals(move) ? 'yes' : 'not in this run',
  ];
}

function formatPhases(moves: readonly Move[]): string[] {
  const phases = [...new Set(moves.flatMap(({ phasesMs }) => Object.keys(phasesMs)))];
  const rows = moves.map(({ name, phasesMs }) => [
    name,
    ...phases.map((phase) => ((phasesMs[phase] ?? 0) / 1_000).toFixed(1)),
  ]);
  return formatTable([['seconds by phase', ...phases], ...rows]);
}

/** A trial as Markdown. */
export function formatTrial(result: TrialResult): string {
  const date = new Date().toISOString().slice(0, 10);
  const books = result.books.results.map(
    ({ invariant, what, verdict, looked, examples }) =>
      `- ${invariant} ${verdict}: ${what} (${looked} looked at)${examples.length > 0 ? `: ${examples[0]}` : ''}`,
  );
  return [
    `Measured on ${date}: ${result.machine}.`,
    '',
    ...formatTable([[...HEADINGS], ...result.moves.map(formatMove)]),
    '',
    ...formatPhases(result.moves),
    '',
    ...result.loads.map((line) => `- ${line}`),
    ...books,
  ].join('\n');
}

/** Puts a trial into the document, in place of the one before. */
export const writeTrial = (text: string): Promise<void> => changePage('evacuation', () => text);
