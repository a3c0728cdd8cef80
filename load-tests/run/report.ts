import type { LoadResult, SecondOfRun } from './result.ts';
import { VERDICT_WORDS } from './text.ts';

/** A run as one HTML page that needs nothing else. */

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --back: #fff;
  --panel: #f6f8fa; --bar: #4c8bf5; --dot: #b35900; --bad: #b42318; --warn: #8a5a00; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --back: #0d1117; --panel: #151b23; --bar: #4184e4; --dot: #e0823d; --bad: #ff7b72; --warn: #e3b341;
  --good: #56d364; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; background: var(--back);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; }
.soft { color: var(--soft); } .holds { color: var(--good); } .broken { color: var(--bad); }
.unknown { color: var(--warn); }
.verdict { display: inline-block; margin: 1rem 0; padding: .35rem .9rem; border: 1px solid currentColor;
  border-radius: 1rem; font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; }
.figures div { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }
.figures b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { width: 100%; height: auto; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escape = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

const CHART = { width: 960, height: 220, left: 48, right: 56, top: 14, bottom: 28 } as const;
/** Ticks of the time axis at most. */
const TICKS_MAX = 10;

/** Orders as bars, the slowest of each second as dots: a pause shows as a gap and a high dot. */
function renderChart(seconds: readonly SecondOfRun[]): string {
  const { width, height, left, right, top, bottom } = CHART;
  const innerWidth = width - left - right;
  const innerHeight = height - top - bottom;
  const ordersMax = Math.max(1, ...seconds.map(({ orders }) => orders));
  const msMax = Math.max(1, ...seconds.map(({ maxMs }) => maxMs));
  const step = innerWidth / Math.max(1, seconds.length);
  const marks = seconds.map(({ orders, maxMs, failures }, index) => {
    const x = left + index * step;
    const barHeight = (orders / ordersMax) * innerHeight;
    const bar = `<rect x="${x.toFixed(1)}" y="${(top + innerHeight - barHeight).toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" height="${barHeight.toFixed(1)}" fill="${failures > 0 ? 'var(--bad)' : 'var(--bar)'}"><title>second ${index}: ${orders} orders, slowest ${maxMs} ms, ${failures} failed requests</title></rect>`;
    if (maxMs === 0) return bar;
    const y = top + innerHeight - (maxMs / msMax) * innerHeight;
    return `${bar}<circle cx="${(x + step / 2).toFixed(1)}" cy="${y.toFixed(1)}" r="2.5" fill="var(--dot)"/>`;
  });
  const tickEvery = Math.max(1, Math.ceil(seconds.length / TICKS_MAX));
  const ticks = seconds.flatMap((_, index) =>
    index % tickEvery === 0
      ? `<text x="${(left + index * step).toFixed(1)}" y="${height - 9}">${index} s</text>`
      : [],
  );
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Orders in each second, and the slowest of them">
${marks.join('\n')}
${ticks.join('')}
<text x="6" y="${top + 8}">${ordersMax}/s</text>
<text x="${width - right + 6}" y="${top + 8}">${whole.format(msMax)} ms</text>
</svg>
<p class="soft">Bars: orders acknowledged in a second. Dots, by the right side: the slowest of them. Red: a request failed.</p>`;
}

type Cell = string | number;

function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = heads
    .map((text, index) => {
      const isNumber = typeof rows[0]?.[index] === 'number';
      return `<th${isNumber ? ' class="number"' : ''}>${escape(text)}</th>`;
    })
    .join('');
  const body = rows.map((row) => {
    const cells = row.map((cell) =>
      typeof cell === 'number'
        ? `<td class="number">${short.format(cell)}</td>`
        : `<td>${cell}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

const mark = (verdict: LoadResult['verdict']): string =>
  `<strong class="${verdict}">${{ holds: 'holds', broken: 'BROKEN', unknown: 'unknown' }[verdict]}</strong>`;

function renderFigures({ orders, requests, steps }: LoadResult): string {
  const place = steps.find(({ step }) => step === 'placing the order');
  const figures: readonly (readonly [string, string])[] = [
    [whole.format(orders.acknowledged), 'orders acknowledged'],
    [short.format(orders.perSecond), 'orders a second'],
    [`${whole.format(place?.p50Ms ?? 0)} ms`, 'to place one, p50'],
    [`${whole.format(place?.p99Ms ?? 0)} ms`, 'p99'],
    [whole.format(requests.failed), `of ${whole.format(requests.count)} requests failed`],
    [whole.format(orders.degraded), 'acknowledged without standby'],
  ];
  return `<div class="figures">${figures
    .map(([figure, words]) => `<div><b>${figure}</b>${escape(words)}</div>`)
    .join('')}</div>`;
}

function renderBooks({ books }: LoadResult): string {
  const rows = books.results.map((check) => [
    check.invariant,
    escape(check.what) + check.examples.map((text) => `<br><code>${escape(text)}</code>`).join(''),
    check.looked,
    mark(check.verdict),
  ]);
  const unread = books.unread.map((reason) => `<p class="unknown">Not read: ${escape(reason)}</p>`);
  return table(['', 'what must hold', 'looked at', ''], rows) + unread.join('');
}

function renderDeeds({ deeds }: LoadResult): string {
  if (deeds.length === 0) return '';
  return `<h2>Meanwhile</h2>${table(
    ['', 'seconds', 'pause p99, ms', 'pause max, ms', ''],
    deeds.map((deed) => [
      `<code>${escape(deed.words)}</code>${deed.complaint === '' ? '' : `<br>${escape(deed.complaint)}`}`,
      deed.tookMs / 1_000,
      deed.pauseP99Ms ?? '',
      deed.pauseMaxMs ?? '',
      mark(deed.code === 0 ? 'holds' : 'broken'),
    ]),
  )}`;
}

/** @returns a whole HTML document */
export function renderReport(result: LoadResult): string {
  const cells = Object.entries(result.orders.byCell)
    .map(([cell, count]) => `${cell} ${whole.format(count)}`)
    .join(', ');
  const failures = result.failures.map((text) => `<li><code>${escape(text)}</code></li>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load: ${escape(result.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(result.title)}</h1>
<p class="soft">${result.vus} shoppers for ${short.format(result.durationMs / 1000)} s, from <time>${result.startedAt}</time> · ${escape(result.machine)}</p>
<p class="verdict ${result.verdict}">${escape(VERDICT_WORDS[result.verdict])}</p>
${renderFigures(result)}
<h2>The run</h2>
${renderChart(result.seconds)}
<p>By cell: ${escape(cells || 'none')}. ${result.orders.refused} refused, ${result.orders.unanswered} unanswered, ${result.orders.retried} sent more than once.</p>
${failures === '' ? '' : `<h2>Failed requests</h2><ul>${failures}</ul>`}
${renderDeeds(result)}
<h2>Thresholds</h2>
${table(
  ['metric', 'rule', ''],
  result.thresholds.map(({ metric, rule, isMet }) => [
    `<code>${escape(metric)}</code>`,
    `<code>${escape(rule)}</code>`,
    mark(isMet ? 'holds' : 'broken'),
  ]),
)}
<h2>Times, in milliseconds</h2>
${table(
  ['', 'count', 'p50', 'p95', 'p99', 'max'],
  result.steps.map((step) => [
    escape(step.step),
    step.count,
    step.p50Ms,
    step.p95Ms,
    step.p99Ms,
    step.maxMs,
  ]),
)}
<h2>The books</h2>
<p class="soft">The shoppers' journal against the cells' databases, the control plane's stock and the gateway's ledger, after the run.</p>
${renderBooks(result)}
<p class="soft">${result.isCleanedUp ? 'The fleet was started for the run and removed after it, with everything in it.' : `The fleet was not started for the run: the orders of shoppers ${escape(result.runId)}-…@load.example stay in it.`}</p>
</body>
</html>
`;
}
