import type { Options } from 'k6/options';
import { buy, listVariants } from './shopper.ts';

export { handleSummary } from './summary.ts';

/**
 * Steady checkouts of new shoppers: everybody fills a cart and buys one unit, again and again.
 * Passes when no request failed, every checkout was answered, and placing an order was quick enough.
 */

const PLACE_ORDER_P95_MS = Number(__ENV['PLACE_ORDER_P95_MS'] ?? 3_000);
const VARIANTS = 400;

export const options: Options = {
  scenarios: {
    checkout: {
      executor: 'constant-vus',
      vus: Number(__ENV['VUS'] ?? 20),
      duration: __ENV['DURATION'] ?? '30s',
      gracefulStop: '25s',
    },
  },
  thresholds: {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    orders_acknowledged: ['count>0'],
    place_order_ms: [`p(95)<${PLACE_ORDER_P95_MS}`],
  },
  summaryTrendStats: ['avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'max', 'count'],
};

export function setup(): string[] {
  return listVariants(VARIANTS);
}

export default function iterate(variants: string[]): void {
  buy(variants);
}
