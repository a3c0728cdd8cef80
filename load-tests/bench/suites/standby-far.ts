import type { TcpGate } from '@commerce/engines/network/tcp-gate';
import { checkBooks } from '../books.ts';
import { runBuyers } from '../buyers.ts';
import { type LoadResult, median } from '../driver.ts';
import { type BenchContext, type Measurement, ROUNDS, type Suite } from '../suite.ts';
import { inStep } from './standby.ts';

/** One way, as between two cities of a jurisdiction. */
const LINE_MS = 15;
const ROUND_TRIP_MS = 2 * LINE_MS;
const WARM_UP_MS = 4_000;
const ROUND_MS = 5_000;

/** A session finds out how long its line is when it begins. */
async function stretch(line: TcpGate, ms: number): Promise<void> {
  await line.cut();
  line.delay(ms);
  await line.mend();
}

async function buyOver(context: BenchContext, line: TcpGate, ms: number): Promise<LoadResult> {
  const { fleet, variantIds, receipts } = context;
  await stretch(line, ms);
  // The standby may not have noticed yet; a checkout that waits for it has.
  const load = { port: fleet.cellPort, variantIds, buyers: 1 };
  receipts.push(...(await runBuyers({ ...load, durationMs: WARM_UP_MS })).receipts);
  await inStep(context);
  const { steps, receipts: told } = await runBuyers({ ...load, durationMs: ROUND_MS });
  receipts.push(...told);
  return steps.pay;
}

function summarize(name: string, rounds: readonly LoadResult[]): Measurement {
  return {
    name,
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
  };
}

/** What placing an order waits for where the standby is some hundred kilometres away. */
export const standbyFar: Suite = {
  name: 'standby-far',
  otherCells: ['eu-fr-1'],
  hasLine: true,
  async run(context: BenchContext) {
    const { fleet, receipts, say } = context;
    const { line } = fleet;
    if (line === undefined) throw new Error('the fleet has no line that can be made long');
    await inStep(context);
    const near: LoadResult[] = [];
    const far: LoadResult[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      near.push(await buyOver(context, line, 0));
      far.push(await buyOver(context, line, LINE_MS));
      const p50s = [near, far].map((rounds) => rounds.at(-1)?.p50Ms ?? 0);
      say(`  POST checkout, p50: near ${p50s[0]?.toFixed(1)} ms, far ${p50s[1]?.toFixed(1)} ms`);
    }
    const more = median(far.map(({ p50Ms }, index) => p50Ms - (near[index]?.p50Ms ?? 0)));
    await stretch(line, 0);
    return {
      title: 'Standby, far away',
      measurements: [
        summarize('POST checkout, standby near', near),
        {
          ...summarize(`POST checkout, standby ${LINE_MS} ms away`, far),
          goal: {
            text: `p50 ≤ one round trip (${ROUND_TRIP_MS} ms) more: ${more.toFixed(1)} ms`,
            isMet: more <= ROUND_TRIP_MS,
          },
        },
      ],
      notes: [
        `One shopper. The standby reaches its primary through a line that takes ${LINE_MS} ms in each direction, and through the same line at no length; nothing else of the shopper’s way is longer.`,
        await checkBooks(fleet, receipts),
      ],
    };
  },
};
