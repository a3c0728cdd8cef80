import type { LoadResult } from './result.ts';

/** A run for a terminal: the verdict first, then what it rests on. */

export const VERDICT_WORDS = {
  holds: 'passed',
  broken: 'FAILED',
  unknown: 'UNKNOWN: something could not be checked',
} as const;

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

export function formatResult(result: LoadResult): string[] {
  const { orders, requests, books } = result;
  const cells = Object.entries(orders.byCell).map(([cell, count]) => `${cell} ${count}`);
  return [
    '',
    `${result.suite}: ${VERDICT_WORDS[result.verdict]}`,
    `  orders    ${orders.acknowledged} acknowledged (${orders.perSecond.toFixed(1)}/s; ${cells.join(', ')}), ${orders.refused} refused, ${orders.unanswered} unanswered, ${orders.degraded} degraded, ${orders.retried} retried`,
    `  requests  ${requests.count}, ${requests.failed} failed`,
    ...result.failures.map((failure) => `            ${failure}`),
    ...result.deeds.map(({ words, code, tookMs, pauseP99Ms, pauseMaxMs, complaint }) =>
      `  ${code === 0 ? 'ok  ' : 'FAIL'} ${words}: ${(tookMs / 1_000).toFixed(1)} s${pauseP99Ms === undefined ? '' : `, pause of a partition p99 ${pauseP99Ms} ms, max ${pauseMaxMs} ms`} ${complaint}`.trimEnd(),
    ),
    ...result.steps.map(
      ({ step, p50Ms, p95Ms, p99Ms, maxMs }) =>
        `  ${step.padEnd(18)} p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}, p99 ${ms(p99Ms)}, max ${ms(maxMs)}`,
    ),
    ...result.thresholds.map(
      ({ metric, rule, isMet }) => `  ${isMet ? 'ok  ' : 'FAIL'} ${metric}: ${rule}`,
    ),
    ...books.results.flatMap(({ invariant, what, verdict, looked, examples }) => [
      `  ${verdict === 'holds' ? 'ok  ' : verdict === 'broken' ? 'FAIL' : '????'} ${invariant}: ${what} (${looked})`,
      ...examples.map((example) => `         ${example}`),
    ]),
    ...books.unread.map((reason) => `  ???? not read: ${reason}`),
    ...(result.isCleanedUp
      ? []
      : [
          `  The fleet was not ours: ${orders.acknowledged} orders of shoppers ${result.runId}-…@load.example stay in it.`,
        ]),
  ];
}
