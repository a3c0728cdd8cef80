import type { Options } from 'k6/options';
import { buy, listVariants } from './shopper.ts';

export { handleSummary } from './summary.ts';

/**
 * Steady checkouts while the runner empties the shoppers' cell and brings it back. Passes when no
 * request failed and none waited longer than a fence may make it wait, on top of what it takes itself.
 */

/** A request waits at most 2 s for its new primary. */
const WAIT_MAX_MS = 2_000;
const PLACE_ORDER_P95_MS = Number(__ENV['PLACE_ORDER_P95_MS'] ?? 3_000);
const VARIANTS = 400;

export const options: Options = {
  scenarios: {
    evacuation: {
      executor: 'constant-vus',
      vus: Number(__ENV['VUS'] ?? 10),
      duration: __ENV['DURATION'] ?? '60s',
      gracefulStop: '25s',
    },
  },
  thresholds: {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    orders_acknowledged: ['count>0'],
    place_order_ms: [`p(95)<${PLACE_ORDER_P95_MS}`, `p(99.9)<${PLACE_ORDER_P95_MS + WAIT_MAX_MS}`],
  },
  summaryTrendStats: ['avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max', 'count'],
};

export function setup(): string[] {
  return listVariants(VARIANTS);
}

export default function iterate(variants: string[]): void {
  buy(variants);
}
