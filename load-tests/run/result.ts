import os from 'node:os';
import type { BooksVerdict } from '../books/check-books.ts';
import type { CheckResult } from '../books/compare.ts';
import type { Deed } from './meanwhile.ts';
import type { LoadOptions } from './options.ts';
import type { K6Run } from './run-k6.ts';
import type { LoadSuite } from './suites.ts';

export interface ThresholdResult {
  readonly metric: string;
  readonly rule: string;
  readonly isMet: boolean;
}

export interface StepResult {
  readonly step: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** One second of the run, by its acknowledged orders. */
export interface SecondOfRun {
  readonly orders: number;
  readonly p50Ms: number;
  readonly maxMs: number;
  readonly failures: number;
}

/** Everything that a report shows. */
export interface LoadResult {
  readonly suite: string;
  readonly title: string;
  readonly runId: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly vus: number;
  readonly machine: string;
  readonly verdict: CheckResult['verdict'];
  readonly thresholds: readonly ThresholdResult[];
  readonly books: BooksVerdict;
  readonly orders: {
    readonly acknowledged: number;
    readonly refused: number;
    readonly unanswered: number;
    readonly degraded: number;
    readonly retried: number;
    readonly perSecond: number;
    readonly byCell: Readonly<Record<string, number>>;
  };
  readonly requests: { readonly count: number; readonly failed: number };
  readonly failures: readonly string[];
  /** What was done to the fleet meanwhile. */
  readonly deeds: readonly Deed[];
  readonly steps: readonly StepResult[];
  readonly seconds: readonly SecondOfRun[];
  /** Whether the fleet was our own, and so everything is removed that the shoppers left. */
  readonly isCleanedUp: boolean;
}

const FAILURES_SHOWN_MAX = 10;

/** Trends by the names that a reader knows. */
const TRENDS: readonly (readonly [string, string])[] = [
  ['checkout_ms', 'a whole checkout'],
  ['place_order_ms', 'placing the order'],
  ['http_req_duration', 'any request'],
];

function listThresholds({ summary }: K6Run): ThresholdResult[] {
  return Object.entries(summary.metrics).flatMap(([metric, { thresholds }]) =>
    Object.entries(thresholds ?? {}).map(([rule, { ok }]) => ({ metric, rule, isMet: ok })),
  );
}

function listSteps({ summary }: K6Run): StepResult[] {
  return TRENDS.flatMap(([metric, step]) => {
    const values = summary.metrics[metric]?.values;
    if (values === undefined) return [];
    return {
      step,
      count: values['count'] ?? 0,
      p50Ms: values['med'] ?? 0,
      p95Ms: values['p(95)'] ?? 0,
      p99Ms: values['p(99)'] ?? 0,
      maxMs: values['max'] ?? 0,
    };
  });
}

function listSeconds({ journal }: K6Run): SecondOfRun[] {
  const lines = journal.lines.filter(({ kind }) => kind === 'acknowledged' || kind === 'failed');
  const times = lines.map(({ atMs }) => atMs);
  if (times.length === 0) return [];
  const first = times.reduce((least, time) => Math.min(least, time));
  const last = times.reduce((most, time) => Math.max(most, time));
  const bySecond = Map.groupBy(lines, ({ atMs }) => Math.floor((atMs - first) / 1_000));
  const length = Math.floor((last - first) / 1_000) + 1;
  return Array.from({ length }, (_, second) => {
    const ofSecond = bySecond.get(second) ?? [];
    const tookMs = ofSecond
      .flatMap((line) => (line.kind === 'acknowledged' ? line.tookMs : []))
      .toSorted((a, b) => a - b);
    return {
      orders: tookMs.length,
      p50Ms: tookMs[Math.floor(tookMs.length / 2)] ?? 0,
      maxMs: tookMs.at(-1) ?? 0,
      failures: ofSecond.filter(({ kind }) => kind === 'failed').length,
    };
  });
}

function countOrders({ journal, durationMs }: K6Run): LoadResult['orders'] {
  const { lines } = journal;
  const acknowledged = lines.filter((line) => line.kind === 'acknowledged');
  const byCell: Record<string, number> = {};
  for (const { cell } of acknowledged) byCell[cell] = (byCell[cell] ?? 0) + 1;
  return {
    acknowledged: acknowledged.length,
    refused: lines.filter(({ kind }) => kind === 'refused').length,
    unanswered: lines.filter(({ kind }) => kind === 'unanswered').length,
    degraded: acknowledged.filter(({ isDegraded }) => isDegraded).length,
    retried: acknowledged.filter(({ tries }) => tries > 1).length,
    perSecond: acknowledged.length / (durationMs / 1_000),
    byCell,
  };
}

function listFailures({ journal }: K6Run): string[] {
  const failed = journal.lines.filter((line) => line.kind === 'failed');
  return failed
    .slice(0, FAILURES_SHOWN_MAX)
    .map(({ request, status, cell, detail }) => `${request}: ${status} ${cell} ${detail}`.trim());
}

/** A counter that k6 kept, against the lines that the journal has of it: a difference is unknown. */
function isJournalWhole({ summary, journal }: K6Run): boolean {
  const counted = summary.metrics['orders_acknowledged']?.values['count'] ?? 0;
  const written = journal.lines.filter(({ kind }) => kind === 'acknowledged').length;
  return counted === written && journal.unreadable === 0;
}

function judge(run: K6Run, deeds: readonly Deed[], books: BooksVerdict): CheckResult['verdict'] {
  const isUndone = deeds.some(({ code }) => code !== 0);
  if (isUndone || books.verdict === 'broken' || listThresholds(run).some(({ isMet }) => !isMet)) {
    return 'broken';
  }
  return isJournalWhole(run) ? books.verdict : 'unknown';
}

/** Puts a run's figures together. */
export function makeResult(made: {
  readonly suite: LoadSuite;
  readonly options: Pick<LoadOptions, 'vus'>;
  readonly run: K6Run;
  readonly deeds: readonly Deed[];
  readonly books: BooksVerdict;
  readonly runId: string;
  readonly isOwnFleet: boolean;
}): LoadResult {
  const { suite, run, books } = made;
  const requests = run.summary.metrics['http_req_failed']?.values;
  const cpus = os.cpus();
  return {
    suite: suite.name,
    title: suite.title,
    runId: made.runId,
    startedAt: new Date(Date.now() - run.durationMs).toISOString(),
    durationMs: run.durationMs,
    vus: made.options.vus,
    machine: `${cpus.length} cores (${cpus[0]?.model.trim() ?? 'unknown'}), ${os.type()} ${os.release()}`,
    verdict: judge(run, made.deeds, books),
    thresholds: listThresholds(run),
    books,
    orders: countOrders(run),
    requests: {
      count: run.summary.metrics['http_reqs']?.values['count'] ?? 0,
      // k6 counts a failed request as a pass of the rate "failed".
      failed: requests?.['passes'] ?? 0,
    },
    failures: listFailures(run),
    deeds: made.deeds,
    steps: listSteps(run),
    seconds: listSeconds(run),
    isCleanedUp: made.isOwnFleet,
  };
}
