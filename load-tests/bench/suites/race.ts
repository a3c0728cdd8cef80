import { randomUUID } from 'node:crypto';
import type { RawAnswer } from '../../harness/connection.ts';
import { checkBooks } from '../books.ts';
import { prepareBuyers, type Receipt } from '../buyers.ts';
import { quantile } from '../driver.ts';
import { listProducts } from '../pages.ts';
import type { BenchContext, Suite } from '../suite.ts';

const BUYERS = 200;
const STOCK = 50;
const PRODUCTS_MAX = 500;

/** The variant whose stock is nearest to fifty, with its units; none that other suites buy. */
async function chooseVariant({
  fleet,
  variantIds,
}: BenchContext): Promise<{ id: string; available: number }> {
  const products = await listProducts(fleet.cellPort, PRODUCTS_MAX);
  const variants = products
    .flatMap((product) => product.variants)
    .filter(({ id }) => !variantIds.includes(id));
  const [best] = variants.toSorted(
    (a, b) => Math.abs(a.available - STOCK) - Math.abs(b.available - STOCK),
  );
  if (best === undefined) throw new Error('there is nothing to buy');
  return best;
}

function countAnswers(answers: readonly RawAnswer[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

/** Two hundred shoppers press "pay" for the same variant in the same moment. */
export const race: Suite = {
  name: 'race',
  async run(context: BenchContext) {
    const { fleet, receipts } = context;
    const variant = await chooseVariant(context);
    const buyers = await prepareBuyers(fleet.cellPort, variant.id, BUYERS);
    const begunAt = performance.now();
    const samplesMs: number[] = [];
    const answers = await Promise.all(
      buyers.map(async (buyer) => {
        const answer = await buyer.pay(randomUUID());
        samplesMs.push(performance.now() - begunAt);
        return answer;
      }),
    );
    const tookMs = performance.now() - begunAt;
    for (const buyer of buyers) buyer.close();
    const counts = countAnswers(answers);
    const sold = counts.get(201) ?? 0;
    const refused = counts.get(409) ?? 0;
    if (sold !== variant.available || sold + refused !== BUYERS) {
      const found = [...counts].map(([status, count]) => `${count} × ${status}`).join(', ');
      throw new Error(`${variant.available} units, ${BUYERS} buyers: ${found}`);
    }
    for (const { status, body } of answers) {
      if (status !== 201) continue;
      const group = JSON.parse(body.toString()) as { id: string; totalMinor: number };
      receipts.push({ groupId: group.id, totalMinor: group.totalMinor } satisfies Receipt);
    }
    const sorted = samplesMs.toSorted((a, b) => a - b);
    return {
      title: 'Two hundred buyers of one variant',
      measurements: [
        {
          name: `${BUYERS} payments at once for ${variant.available} units`,
          perSecond: (BUYERS / tookMs) * 1000,
          p50Ms: quantile(sorted, 0.5),
          p99Ms: quantile(sorted, 0.99),
        },
      ],
      notes: [
        `${sold} were sold, ${refused} were refused with 409 and its reason, nobody got another answer.`,
        await checkBooks(fleet, receipts),
      ],
    };
  },
};
