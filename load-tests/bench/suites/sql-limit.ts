import path from 'node:path';
import { startCluster } from '@commerce/engines/sql/embedded-postgres/cluster';
import { CELL } from '../../harness/fleet-process.ts';
import { runBuyers } from '../buyers.ts';
import { measureCpu } from '../cpu.ts';
import { recordCheckout } from '../sql/record-checkout.ts';
import { replayCheckout } from '../sql/replay.ts';
import type { BenchContext, Suite } from '../suite.ts';

const BUYERS = 16;
const WARM_UP_MS = 3_000;
const DURATION_MS = 8_000;

/**
 * The SQL of a checkout by `pg` alone, as the limit of what a checkout can reach. It comes last: the
 * fleet is stopped for it, and its database is used up.
 */
export const sqlLimit: Suite = {
  name: 'sql-limit',
  async run({ fleet, variantIds, receipts }: BenchContext) {
    const [variantId = ''] = variantIds;
    const load = { port: fleet.cellPort, variantIds, buyers: BUYERS };
    receipts.push(...(await runBuyers({ ...load, durationMs: WARM_UP_MS })).receipts);
    const bought = await runBuyers({ ...load, durationMs: DURATION_MS });
    receipts.push(...bought.receipts);
    const recorded = await recordCheckout(fleet, variantId);
    await fleet.stop();
    const cluster = await startCluster({
      dataDir: path.join(fleet.dataDir, 'databases', CELL),
      port: 0,
      password: fleet.secret('database.password'),
      log: () => undefined,
    });
    try {
      const { result, cpuMs } = await measureCpu({ PostgreSQL: [cluster.pid] }, () =>
        replayCheckout(recorded, cluster.url('cell'), {
          warmUpMs: WARM_UP_MS,
          durationMs: DURATION_MS,
        }),
      );
      const perSecond = (result.count / result.durationMs) * 1000;
      const statements = recorded.works.flat().length;
      // The clock of the CPU times runs through the warm-up too.
      const inWhole = result.count * ((WARM_UP_MS + DURATION_MS) / DURATION_MS);
      return {
        title: 'SQL of a checkout by pg alone',
        measurements: [
          {
            name: 'the same SQL, pg alone',
            perSecond,
            cpuMs: {
              PostgreSQL: (cpuMs['PostgreSQL'] ?? 0) / inWhole,
              driver: (cpuMs['driver'] ?? 0) / inWhole,
            },
          },
          {
            name: 'checkouts, cell',
            perSecond: bought.checkouts.perSecond,
            p50Ms: bought.checkouts.p50Ms,
            p99Ms: bought.checkouts.p99Ms,
            ratio: bought.checkouts.perSecond / perSecond,
          },
        ],
        notes: [
          `${statements} statements in ${recorded.works.length} transactions and single reads, as PostgreSQL itself logged them for one checkout, replayed over ${BUYERS} connections in pipeline mode with new ids, each transaction in one round trip; every commit is as durable as the cell's.`,
        ],
      };
    } finally {
      await cluster.stop();
    }
  },
};
