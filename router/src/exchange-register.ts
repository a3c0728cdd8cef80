import type { CellId } from '@commerce/contracts/ids';
import type { Location } from './locate.ts';
import { findPlacement, type RoutingTable } from './routing-table.ts';

/** A request that waits for its cell's answer. */
export interface AwaitedExchange {
  readonly location: Location;
  /** Its cell was taken for lost, and another one has its partition: no answer is to be waited for. */
  leaveLostCell(): void;
}

/**
 * The requests that wait for an answer. A cell that hangs answers none of them, and each would hold its
 * shopper for as long as a cell may take; an emergency must not be over only after that.
 */
export interface ExchangeRegister {
  add(exchange: AwaitedExchange): void;
  remove(exchange: AwaitedExchange): void;
  /**
   * Ends the wait of those whose partition was taken from their cell in an emergency. A planned move
   * leaves them alone: its old primary answers, or sends them on.
   */
  follow(table: RoutingTable): void;
}

export function createExchangeRegister(): ExchangeRegister {
  const awaited = new Set<AwaitedExchange>();
  return Object.freeze<ExchangeRegister>({
    add: (exchange) => void awaited.add(exchange),
    remove: (exchange) => void awaited.delete(exchange),
    follow(table) {
      for (const exchange of [...awaited]) {
        if (isLost(table, exchange.location)) exchange.leaveLostCell();
      }
    },
  });
}

function isLost(table: RoutingTable, { partition, cell, epoch }: Location): boolean {
  const placement = findPlacement(table, partition);
  return (
    placement !== undefined &&
    placement.cut?.mode === 'emergency' &&
    placement.primary !== cell &&
    placement.epoch > epoch
  );
}

/**
 * Cells that an emergency has taken everything from, between two tables. One that keeps a partition is not
 * among them: shoppers of that may have an answer from it.
 */
export function cellsLostBetween(before: RoutingTable, after: RoutingTable): ReadonlySet<CellId> {
  const lost = new Set<CellId>();
  for (const [realm, { placements }] of after.placements) {
    const known = before.placements.get(realm)?.placements;
    for (const [slot, { primary, epoch, cut }] of placements.entries()) {
      const was = known?.[slot];
      if (cut?.mode !== 'emergency' || was === undefined || was.epoch >= epoch) continue;
      const isEmpty = (after.primariesOf.get(was.primary)?.length ?? 0) === 0;
      if (was.primary !== primary && isEmpty) lost.add(was.primary);
    }
  }
  return lost;
}
