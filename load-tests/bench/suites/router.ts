import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { drawLatencies, type LatencySeries } from '../latency-plot.ts';
import { pageRequests, pinShoppers } from '../pages.ts';
import { readAtRate } from '../rate.ts';
import {
  hasHaproxy,
  type RunningProxy,
  startBareHaproxy,
  startRouterProcess,
} from '../router-processes.ts';
import type { BenchContext, Measurement, Suite, SuiteResult } from '../suite.ts';
import { bareTarget, type PageTarget, readInRounds } from './page-rounds.ts';

/** Parts of what bare HAProxy carries, and milliseconds on top of it. */
const GOALS = { haproxyRatio: 0.9, haproxyMoreMs: 0.1, nodeRatio: 0.25, nodeMoreMs: 0.9 } as const;
/** Without HAProxy on the machine there is the bare Fastify alone to compare with. */
const FASTIFY_RATIO_MIN = 0.2;
/** Parts of the highest rate at which latency is measured. */
const LOADS = [0.1, 0.5, 0.8] as const;
const LOAD_MS = 6_000;
const CONNECTIONS = 32;
const MEASURE_TABLE = fileURLToPath(
  new URL('../../../router/src/measure/main.ts', import.meta.url),
);

/** Each data plane before the same cell, with a HAProxy that only forwards as the baseline. */
export const router: Suite = {
  name: 'router',
  async run(context: BenchContext): Promise<SuiteResult> {
    const pins = await pinShoppers(context.fleet.routerPort, context.handles);
    const requests = pageRequests(context.handles, pins);
    const table = await measureTable();
    if (!hasHaproxy()) return withoutHaproxy(context, requests, table);
    const { directoryEndpoint, dataDir } = context.fleet;
    const secret = (name: string): string => path.join(dataDir, 'secrets', name);
    const bare = await startBareHaproxy(context.fleet.cellPort);
    const planed = await startRouterProcess({
      dataPlane: 'haproxy',
      directoryEndpoint,
      pinKeyFile: secret('router-pin.key'),
      routedAuthKeyFile: secret('routed-auth.key'),
    });
    try {
      return await compare(context, requests, { bare, planed }, table);
    } finally {
      await planed.stop();
      await bare.stop();
    }
  },
};

async function compare(
  context: BenchContext,
  requests: readonly Buffer[],
  { bare, planed }: { readonly bare: RunningProxy; readonly planed: RunningProxy },
  table: readonly string[],
): Promise<SuiteResult> {
  const { pids, routerPort, cellPort } = context.fleet;
  const target = (
    name: string,
    port: number,
    more: Record<string, readonly number[]>,
  ): PageTarget => ({
    name,
    port,
    requests,
    processes: { ...more, cell: pids.cell },
  });
  const targets = [
    target('bare HAProxy', bare.port, { HAProxy: bare.pids() }),
    target('router, HAProxy data plane', planed.port, { router: planed.pids() }),
    target('router, Node data plane', routerPort, { router: pids.router }),
    target('the cell without any', cellPort, {}),
    {
      name: 'Node data plane, new shoppers',
      port: routerPort,
      processes: { router: pids.router, cell: pids.cell },
    },
  ] as const;
  const [baseline, haproxy, node, direct, unpinned] = await readInRounds(context, [...targets]);
  const latencies = await measureLatencies(context, requests, [
    [targets[0], baseline],
    [targets[1], haproxy],
    [targets[2], node],
  ]);
  return {
    title: 'Router',
    measurements: [
      baseline ?? { name: '' },
      withGoal(haproxy, GOALS.haproxyRatio, GOALS.haproxyMoreMs, baseline, 'bare HAProxy'),
      withGoal(node, GOALS.nodeRatio, GOALS.nodeMoreMs, direct, 'the cell'),
      direct ?? { name: '' },
      unpinned ?? { name: '' },
      ...latencies.flatMap(({ measurements }) => measurements),
    ],
    notes: [
      'Shoppers have a pin cookie, which either data plane verifies; new shoppers have none, so that each request is placed anew and is given a signed cookie.',
      'Driver, proxy and cell share the cores, so what the cell needs for a page is part of every figure. The ratio is to bare HAProxy in the same round.',
      'Latency at a part of each one’s own highest rate counts from when a request was due. ![Latency at 10, 50 and 80 % load](router-latency.svg)',
      ...table,
    ],
    drawings: new Map([
      ['router-latency.svg', drawLatencies(latencies.map(({ series }) => series))],
    ]),
  };
}

function withGoal(
  measured: Measurement | undefined,
  ratioMin: number,
  moreMsMax: number,
  reference: Measurement | undefined,
  than: string,
): Measurement {
  if (measured === undefined) return { name: '' };
  const moreMs = (measured.p50Ms ?? 0) - (reference?.p50Ms ?? 0);
  const text = `ratio ≥ ${ratioMin}, p50 ≤ ${moreMsMax} ms over ${than} (${moreMs.toFixed(2)} ms at full load)`;
  return {
    ...measured,
    goal: { text, isMet: (measured.ratio ?? 0) >= ratioMin && moreMs <= moreMsMax },
  };
}

async function measureLatencies(
  { say }: BenchContext,
  requests: readonly Buffer[],
  planes: readonly (readonly [PageTarget, Measurement | undefined])[],
): Promise<
  readonly { readonly measurements: readonly Measurement[]; readonly series: LatencySeries }[]
> {
  const found = [];
  for (const [{ name, port }, measured] of planes) {
    const perSecond = measured?.perSecond ?? 0;
    const measurements: Measurement[] = [];
    const points: LatencySeries['points'][number][] = [];
    for (const load of LOADS) {
      const result = await readAtRate({
        port,
        requests,
        connections: CONNECTIONS,
        perSecond: perSecond * load,
        durationMs: LOAD_MS,
      });
      const percent = Math.round(load * 100);
      say(
        `  ${name} at ${percent} %: p50 ${result.p50Ms.toFixed(2)} ms, p99 ${result.p99Ms.toFixed(2)} ms`,
      );
      measurements.push({ ...result, name: `— ${name}, ${percent} % load` });
      points.push({ percent, p50Ms: result.p50Ms, p99Ms: result.p99Ms });
    }
    found.push({ measurements, series: { name, points } });
  }
  return found;
}

async function withoutHaproxy(
  context: BenchContext,
  requests: readonly Buffer[],
  table: readonly string[],
): Promise<SuiteResult> {
  const { pids, routerPort } = context.fleet;
  const processes = { router: pids.router, cell: pids.cell };
  const [bare, routed] = await readInRounds(context, [
    bareTarget(context),
    { name: 'router, Node data plane', port: routerPort, requests, processes },
  ]);
  const isMet = (routed?.ratio ?? 0) >= FASTIFY_RATIO_MIN;
  const goal = { text: `ratio ≥ ${FASTIFY_RATIO_MIN}`, isMet };
  return {
    title: 'Router',
    measurements: [bare ?? { name: '' }, { ...(routed ?? { name: '' }), goal }],
    notes: [
      'HAProxy is not installed on this machine: its data plane and the baseline are left out.',
      ...table,
    ],
  };
}

interface TableFigures {
  readonly partitions: number;
  readonly cells: number;
  readonly lookUpNs: number;
  readonly mergeMs: number;
  readonly haproxyUpdateMs: number | null;
  readonly haproxyOneMs: number | null;
  readonly haproxyStartMs: number | null;
}

/** The router's own times for a table of fourteen realms and a thousand cells, in a process of its own. */
async function measureTable(): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [MEASURE_TABLE]);
  const figures = JSON.parse(stdout) as TableFigures;
  const { partitions, cells, lookUpNs, mergeMs, haproxyUpdateMs, haproxyOneMs, haproxyStartMs } =
    figures;
  const goal = (isMet: boolean): string => (isMet ? 'met' : 'not met in this run');
  const lines = [
    `A table of ${partitions} partitions and ${cells} cells: a look-up takes ${lookUpNs} ns (goal ≤ 1,000: ${goal(lookUpNs <= 1_000)}), taking over a change of every partition ${mergeMs} ms (goal ≤ 1,000: ${goal(mergeMs <= 1_000)}).`,
  ];
  if (haproxyUpdateMs === null) return lines;
  return [
    ...lines,
    `The same in HAProxy: every partition changed in ${haproxyUpdateMs} ms, one of them in ${haproxyOneMs} ms, both while it runs; started with all of it in ${haproxyStartMs} ms.`,
  ];
}
