import type { CellDescriptor } from '@commerce/contracts/cells';
import { marketsServedBy } from '@commerce/contracts/markets';
import type { Weights } from './ledger.ts';

/** Weights are numbers with up to three decimals; shares are computed with whole ones. */
const SCALE = 1_000;

const marketsByJurisdiction = new Map<string, ReadonlySet<string>>();

function servedBy(jurisdiction: string): ReadonlySet<string> {
  let markets = marketsByJurisdiction.get(jurisdiction);
  if (markets === undefined) {
    markets = new Set(marketsServedBy(jurisdiction).map(({ id }) => id));
    marketsByJurisdiction.set(jurisdiction, markets);
  }
  return markets;
}

/**
 * Share of each cell in a variant's units: what the vendor's split says, else the cell's configured
 * weight; 0 for cells that sell in none of the variant's markets, and for retired ones.
 */
export function weightsFor(
  cells: readonly CellDescriptor[],
  markets: readonly string[],
  split: Readonly<Record<string, number>> | undefined,
): Weights {
  return new Map(
    cells.map((cell) => {
      const served = servedBy(cell.jurisdiction);
      const serves = cell.state !== 'retired' && markets.some((market) => served.has(market));
      const weight = split === undefined ? cell.weight : (split[cell.id] ?? 0);
      return [cell.id, serves ? BigInt(Math.round(weight * SCALE)) : 0n];
    }),
  );
}
