import { pageRequests, pinShoppers } from '../pages.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { bareTarget, readInRounds } from './page-rounds.ts';

const RATIO_MIN = 0.2;

/** The product page through the router: one process more on the same cores. */
export const router: Suite = {
  name: 'router',
  async run(context: BenchContext) {
    const { pids, routerPort } = context.fleet;
    const processes = { router: pids.router, cell: pids.cell };
    const pins = await pinShoppers(routerPort, context.handles);
    const [bare, routed, unpinned] = await readInRounds(context, [
      bareTarget(context),
      {
        name: 'product read, through the router',
        port: routerPort,
        requests: pageRequests(context.handles, pins),
        processes,
      },
      { name: 'product read, new shoppers', port: routerPort, processes },
    ]);
    const isMet = (routed?.ratio ?? 0) >= RATIO_MIN;
    const text = `ratio ≥ ${RATIO_MIN}`;
    return {
      title: 'Router',
      measurements: [
        bare ?? { name: '' },
        { ...(routed ?? { name: '' }), goal: { text, isMet } },
        unpinned ?? { name: '' },
      ],
      notes: [
        'Shoppers have a pin cookie, which the router verifies; new shoppers have none, so that each request is placed anew and is given a signed cookie.',
        'Driver, router and cell share the two cores; the bare Fastify shares them with the driver alone.',
      ],
    };
  },
};
