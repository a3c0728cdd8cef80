import { runBuyers } from '../buyers.ts';
import { checkBooks } from '../books.ts';
import { waitForMetrics } from '../cell-metrics.ts';
import { type CpuTimes, measureCpu } from '../cpu.ts';
import { type LoadResult, median } from '../driver.ts';
import { type BenchContext, type Measurement, ROUNDS, type Suite } from '../suite.ts';

const BUYERS = 16;
const WARM_UP_MS = 8_000;
const ROUND_MS = 6_000;
/** One shopper at a time: what waiting for the standby costs where nothing else is waited for. */
const QUIET_MS = 4_000;
/** Long enough for the cell to find out that its standby is away. */
const FIND_OUT_MS = 3_000;
const RATE_MIN = 0.75;
const LATENCY_MAX = 1.3;

interface Round {
  readonly rush: LoadResult;
  readonly rushPay: LoadResult;
  readonly quietPay: LoadResult;
  readonly cpuMs: CpuTimes;
}

async function buy(context: BenchContext): Promise<Round> {
  const { fleet, variantIds, receipts } = context;
  const { cell, postgres } = fleet.pids;
  const [other] = fleet.others;
  const groups = {
    cell,
    PostgreSQL: postgres,
    standby: other?.pids.cell ?? [],
    "standby's PostgreSQL": other?.pids.postgres ?? [],
  };
  const port = fleet.cellPort;
  const { result, cpuMs } = await measureCpu(groups, () =>
    runBuyers({ port, variantIds, buyers: BUYERS, durationMs: ROUND_MS }),
  );
  const quiet = await runBuyers({ port, variantIds, buyers: 1, durationMs: QUIET_MS });
  receipts.push(...result.receipts, ...quiet.receipts);
  return {
    rush: result.checkouts,
    rushPay: result.steps.pay,
    quietPay: quiet.steps.pay,
    cpuMs,
  };
}

/** The standby's process stands still: the log is written and nobody fetches it. */
async function buyAlone(context: BenchContext): Promise<Round> {
  const { fleet, variantIds, receipts } = context;
  const pids = fleet.others.flatMap((other) => other.pids.cell);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    const load = { port: fleet.cellPort, variantIds, buyers: 1, durationMs: FIND_OUT_MS };
    receipts.push(...(await runBuyers(load)).receipts);
    return await buy(context);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

/** Waits until the standby has everything, and is waited for. */
export const inStep = (context: BenchContext): Promise<void> =>
  waitForMetrics(
    context.fleet.cellPort,
    'in step with its standby',
    (metrics) =>
      metrics.greatest('durability_degraded') === 0 &&
      metrics.sum('standby_unacknowledged_versions') === 0,
  );

function summarize(name: string, rounds: readonly Round[]): Measurement {
  const groups = Object.keys(rounds[0]?.cpuMs ?? {});
  return {
    name,
    perSecond: median(rounds.map(({ rush }) => rush.perSecond)),
    p50Ms: median(rounds.map(({ rush }) => rush.p50Ms)),
    p99Ms: median(rounds.map(({ rush }) => rush.p99Ms)),
    cpuMs: Object.fromEntries(
      groups.map((group) => [
        group,
        median(rounds.map(({ rush, cpuMs }) => (cpuMs[group] ?? 0) / rush.count)),
      ]),
    ),
  };
}

function summarizePay(
  name: string,
  rounds: readonly Round[],
  read: (round: Round) => LoadResult,
): Measurement {
  return {
    name,
    p50Ms: median(rounds.map((round) => read(round).p50Ms)),
    p99Ms: median(rounds.map((round) => read(round).p99Ms)),
  };
}

/** Checkouts with a standby that is fed and waited for, and with one that stands still. */
export const standby: Suite = {
  name: 'standby',
  otherCells: ['eu-fr-1'],
  async run(context: BenchContext) {
    const { fleet, variantIds, receipts, say } = context;
    await inStep(context);
    const warmUp = { port: fleet.cellPort, variantIds, buyers: BUYERS, durationMs: WARM_UP_MS };
    receipts.push(...(await runBuyers(warmUp)).receipts);
    const alone: Round[] = [];
    const fed: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      alone.push(await buyAlone(context));
      await inStep(context);
      fed.push(await buy(context));
      const rates = [alone, fed].map((rounds) => rounds.at(-1)?.rush.perSecond ?? 0);
      say(`  checkouts/s: alone ${rates[0]?.toFixed(0)}, with standby ${rates[1]?.toFixed(0)}`);
    }
    const ratioOf = (read: (round: Round) => number): number =>
      median(fed.map((round, index) => read(round) / read(alone[index] as Round)));
    const rate = ratioOf(({ rush }) => rush.perSecond);
    const latency = ratioOf(({ quietPay }) => quietPay.p50Ms);
    await inStep(context);
    return {
      title: 'Standby',
      measurements: [
        summarize('checkouts, standby stands still', alone),
        {
          ...summarize('checkouts, standby fed', fed),
          ratio: rate,
          goal: { text: `ratio ≥ ${RATE_MIN}`, isMet: rate >= RATE_MIN },
        },
        summarizePay('— POST checkout in the rush, alone', alone, ({ rushPay }) => rushPay),
        summarizePay('— POST checkout in the rush, fed', fed, ({ rushPay }) => rushPay),
        summarizePay('POST checkout, one shopper, alone', alone, ({ quietPay }) => quietPay),
        {
          ...summarizePay('POST checkout, one shopper, fed', fed, ({ quietPay }) => quietPay),
          ratio: latency,
          goal: { text: `p50 ≤ ${LATENCY_MAX}× of alone`, isMet: latency <= LATENCY_MAX },
        },
      ],
      notes: [
        `${BUYERS} buyers, then one. The log is written in both; alone the standby’s process is stopped, and the cell has found out and waits no more. Fed, each answer to a checkout waits until the standby has its orders. Standby and cell share the two cores, so the ratio of checkouts/s holds the standby’s own work; its CPU time is shown apart.`,
        await checkBooks(fleet, receipts),
      ],
    };
  },
};
