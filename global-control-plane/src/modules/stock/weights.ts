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
 * How many partitions each cell is primary of. Cells that are missing are of realms whose placements
 * are not known, and count as if they had some.
 */
export type Primaries = ReadonlyMap<string, number>;

/**
 * A cell that drains has the weight 0, since it takes no new shoppers; its own go on buying until they
 * have moved, and come back with a rollback before it has its weight again. For stock it counts as the
 * average of the cells that accept shoppers.
 */
function weightForStock(cell: CellDescriptor, cells: readonly CellDescriptor[]): number {
  if (cell.state !== 'draining') return cell.weight;
  const accepting = cells.filter(({ state, weight }) => state === 'accepting' && weight > 0);
  if (accepting.length === 0) return 1;
  return accepting.reduce((sum, { weight }) => sum + weight, 0) / accepting.length;
}

/**
 * Share of each cell in a variant's units: what the vendor's split says, else the cell's configured
 * weight; 0 for cells that sell in none of the variant's markets, and for retired ones. The share of a
 * cell whose partitions are all elsewhere goes with its shoppers: to the cells of its jurisdiction, by
 * the partitions that they have.
 */
export function weightsFor(
  cells: readonly CellDescriptor[],
  markets: readonly string[],
  split: Readonly<Record<string, number>> | undefined,
  primaries: Primaries = new Map(),
): Weights {
  const weights = new Map(
    cells.map((cell) => {
      const served = servedBy(cell.jurisdiction);
      const serves = cell.state !== 'retired' && markets.some((market) => served.has(market));
      const weight = split === undefined ? weightForStock(cell, cells) : (split[cell.id] ?? 0);
      return [cell.id as string, serves ? BigInt(Math.round(weight * SCALE)) : 0n];
    }),
  );
  for (const cell of cells) {
    if (primaries.get(cell.id) === 0) bequeath(weights, cell, cells, primaries);
  }
  return weights;
}

function bequeath(
  weights: Map<string, bigint>,
  from: CellDescriptor,
  cells: readonly CellDescriptor[],
  primaries: Primaries,
): void {
  const share = weights.get(from.id) ?? 0n;
  weights.set(from.id, 0n);
  const heirs = cells.filter(
    ({ id, jurisdiction, state }) =>
      jurisdiction === from.jurisdiction && state !== 'retired' && (primaries.get(id) ?? 0) > 0,
  );
  const total = heirs.reduce((sum, { id }) => sum + (primaries.get(id) ?? 0), 0);
  for (const { id } of heirs) {
    const part = (share * BigInt(primaries.get(id) ?? 0)) / BigInt(total);
    weights.set(id, (weights.get(id) ?? 0n) + part);
  }
}
