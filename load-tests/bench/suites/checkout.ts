import { type CheckoutLoad, runBuyers, type Step } from '../buyers.ts';
import { checkBooks } from '../books.ts';
import { type CpuTimes, measureCpu } from '../cpu.ts';
import { median } from '../driver.ts';
import { type BenchContext, type Measurement, ROUNDS, type Suite } from '../suite.ts';

const BUYERS = 16;
const WARM_UP_MS = 8_000;
const ROUND_MS = 6_000;
const PER_SECOND_MIN = 150;
const CPU_MS_MAX = 9;

interface Round {
  readonly load: CheckoutLoad;
  readonly cpuMs: CpuTimes;
}

async function buy(context: BenchContext, port: number, durationMs: number): Promise<Round> {
  const { fleet, variantIds, receipts } = context;
  const { cell, postgres, gateway, router } = fleet.pids;
  const { result, cpuMs } = await measureCpu({ cell, PostgreSQL: postgres, gateway, router }, () =>
    runBuyers({ port, variantIds, buyers: BUYERS, durationMs }),
  );
  receipts.push(...result.receipts);
  return { load: result, cpuMs };
}

function summarizeRounds(name: string, rounds: readonly Round[]): Measurement {
  const medianOf = (read: (round: Round) => number): number => median(rounds.map(read));
  const groups = Object.keys(rounds[0]?.cpuMs ?? {});
  return {
    name,
    perSecond: medianOf(({ load }) => load.checkouts.perSecond),
    p50Ms: medianOf(({ load }) => load.checkouts.p50Ms),
    p99Ms: medianOf(({ load }) => load.checkouts.p99Ms),
    cpuMs: Object.fromEntries(
      groups.map((group) => [
        group,
        medianOf(({ load, cpuMs }) => (cpuMs[group] ?? 0) / load.checkouts.count),
      ]),
    ),
  };
}

const STEP_NAMES: Readonly<Record<Step, string>> = {
  cart: 'POST cart',
  line: 'POST line',
  email: 'PUT email',
  address: 'PUT shipping address',
  options: 'GET shipping options',
  choose: 'PUT shipping option',
  pay: 'POST checkout',
};

function summarizeSteps(rounds: readonly Round[]): Measurement[] {
  return (Object.keys(STEP_NAMES) as Step[]).map((step) => ({
    name: `— ${STEP_NAMES[step]}`,
    p50Ms: median(rounds.map(({ load }) => load.steps[step].p50Ms)),
    p99Ms: median(rounds.map(({ load }) => load.steps[step].p99Ms)),
  }));
}

/** Complete checkouts: seven requests from an empty cart to paid orders, two of them at the gateway. */
export const checkout: Suite = {
  name: 'checkout',
  async run(context: BenchContext) {
    const { cellPort, routerPort } = context.fleet;
    await buy(context, cellPort, WARM_UP_MS);
    const direct: Round[] = [];
    const routed: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      direct.push(await buy(context, cellPort, ROUND_MS));
      routed.push(await buy(context, routerPort, ROUND_MS));
      const rates = [direct, routed].map((rounds) => rounds.at(-1)?.load.checkouts.perSecond ?? 0);
      context.say(`  checkouts/s: cell ${rates[0]?.toFixed(0)}, router ${rates[1]?.toFixed(0)}`);
    }
    const inCell = summarizeRounds('checkouts, cell', direct);
    const cpuMs = (inCell.cpuMs?.['cell'] ?? 0) + (inCell.cpuMs?.['PostgreSQL'] ?? 0);
    const isMet = (inCell.perSecond ?? 0) >= PER_SECOND_MIN && cpuMs <= CPU_MS_MAX;
    const text = `≥ ${PER_SECOND_MIN}/s, cell and PostgreSQL ≤ ${CPU_MS_MAX} CPU-ms together`;
    const books = await checkBooks(context.fleet, context.receipts);
    return {
      title: 'Checkout',
      measurements: [
        { ...inCell, goal: { text, isMet } },
        ...summarizeSteps(direct),
        summarizeRounds('checkouts, through the router', routed),
      ],
      notes: [
        `${BUYERS} buyers; each checkout is seven requests, is answered with 201 and is \`paid\`. The cell and PostgreSQL take ${cpuMs.toFixed(2)} CPU-ms of it together, background work, event feed and the gateway's two webhooks included.`,
        books,
      ],
    };
  },
};
