import { randomInt } from 'node:crypto';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { countryOf } from '@commerce/contracts/countries';
import { distanceKm } from '@commerce/contracts/distance';
import type { CellId, Partition } from '@commerce/contracts/ids';
import { jurisdictionsServing } from '@commerce/contracts/jurisdictions';
import { AppError } from '@commerce/contracts/problems';
import type { Hint } from './classify.ts';
import { findCell, findPlacement, isUsable, type RoutingTable } from './routing-table.ts';

/** Where a request goes. */
export interface Location {
  readonly partition: Partition;
  readonly cell: CellId;
  readonly epoch: number;
  /** Whether the shopper is put there now, and is to be told so by a cookie. */
  readonly isNewPin: boolean;
}

/** What is known of a shopper who is to be pinned. */
export interface Newcomer {
  /** ISO 3166-1 alpha-2; undefined where nothing tells it. */
  readonly country: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Whether a cell answers at present, as far as this router has seen. */
export type IsHealthy = (cell: CellId) => boolean;

/**
 * Finds the partition and the cell for a request. A token's or a pin's partition in a realm that is
 * not known any more counts as nothing known; an id's does not, since the thing it names can't be
 * anywhere else.
 * @returns the location, or the refusal
 */
export function locate(
  table: RoutingTable,
  hint: Hint,
  newcomer: Newcomer,
  isHealthy: IsHealthy,
): Location | AppError {
  switch (hint.kind) {
    case 'path':
      return locatePartition(table, hint.partition) ?? unknownPartition(table);
    case 'nowhere':
      return new AppError('not-found', { detail: 'the address names nothing that we hold' });
    case 'token':
    case 'pin':
      return locatePartition(table, hint.partition) ?? locateNewcomer(table, newcomer, isHealthy);
    case 'none':
      return locateNewcomer(table, newcomer, isHealthy);
  }
}

/** Where a partition lives; undefined where its realm is not known. */
export function locatePartition(table: RoutingTable, partition: Partition): Location | undefined {
  const placement = findPlacement(table, partition);
  if (placement === undefined) return undefined;
  return { partition, cell: placement.primary, epoch: placement.epoch, isNewPin: false };
}

function unknownPartition(table: RoutingTable): AppError {
  return isUsable(table)
    ? new AppError('not-found', {
        field: 'path',
        detail: 'the id names a realm that we do not have',
      })
    : noTable();
}

/** The refusal of a router that has found no table yet, on disk or in the directory. */
export function noTable(): AppError {
  return new AppError('unavailable', {
    detail: 'the router has no placement table yet',
    retryAfterS: 1,
  });
}

/**
 * Puts a shopper into a partition: country → jurisdiction (home, then its fallbacks in order) → the
 * nearest accepting cell → one of its partitions, by rendezvous of the idempotency key where there is
 * one, so that a retry without a cookie lands in the same place.
 */
export function locateNewcomer(
  table: RoutingTable,
  newcomer: Newcomer,
  isHealthy: IsHealthy,
): Location | AppError {
  if (!isUsable(table)) return noTable();
  const cell = chooseCell(table, newcomer.country, isHealthy);
  if (cell === undefined) {
    return new AppError('no-cell', {
      detail: `no cell may take shoppers${newcomer.country ? ` of ${newcomer.country}` : ''} now`,
      retryAfterS: 30,
    });
  }
  const partition = choosePartition(
    table.primariesOf.get(cell.id) as readonly Partition[],
    newcomer.idempotencyKey,
  );
  const location = locatePartition(table, partition) as Location;
  return { ...location, isNewPin: true };
}

/**
 * The cell for new shoppers of a country: the nearest one that accepts, in the first of the
 * country's permitted jurisdictions that has any. One that does not answer is passed over for another
 * of the same jurisdiction, but never for another jurisdiction: an outage moves no data abroad.
 * Where the country is unknown, the one with the greatest weight.
 */
export function chooseCell(
  table: RoutingTable,
  country: string | undefined,
  isHealthy: IsHealthy,
): CellDescriptor | undefined {
  const place = country === undefined ? undefined : countryOf(country);
  if (place === undefined) {
    return best(acceptingCells(table), isHealthy, (cell) => -cell.weight);
  }
  for (const jurisdiction of jurisdictionsServing(place.code)) {
    const cells = acceptingCells(table).filter((cell) => cell.jurisdiction === jurisdiction);
    const chosen = best(cells, isHealthy, (cell) =>
      weightedDistance(distanceKm(place, cell), cell),
    );
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}

function acceptingCells(table: RoutingTable): CellDescriptor[] {
  const cells: CellDescriptor[] = [];
  for (const id of table.primariesOf.keys()) {
    const cell = findCell(table, id);
    if (cell !== undefined && cell.state === 'accepting' && cell.weight > 0) cells.push(cell);
  }
  return cells;
}

/** Half the weight counts as twice the way. The constant lets weights tell between neighbours too. */
const NEIGHBOURHOOD_KM = 50;

function weightedDistance(km: number, cell: CellDescriptor): number {
  return (km + NEIGHBOURHOOD_KM) * (100 / cell.weight);
}

/** The cell of the least cost; healthy ones first, and of equals the one whose id comes first. */
function best(
  cells: readonly CellDescriptor[],
  isHealthy: IsHealthy,
  costOf: (cell: CellDescriptor) => number,
): CellDescriptor | undefined {
  const healthy = cells.filter((cell) => isHealthy(cell.id));
  let chosen: CellDescriptor | undefined;
  let chosenCost = Number.POSITIVE_INFINITY;
  for (const cell of healthy.length > 0 ? healthy : cells) {
    const cost = costOf(cell);
    if (cost < chosenCost || (cost === chosenCost && chosen && cell.id < chosen.id)) {
      chosen = cell;
      chosenCost = cost;
    }
  }
  return chosen;
}

/** One of the partitions: by rendezvous of the key, or by chance where there is none. */
export function choosePartition(
  partitions: readonly Partition[],
  key: string | undefined,
): Partition {
  if (key === undefined) return partitions[randomInt(partitions.length)] as Partition;
  const keyHash = hashText(key, FNV_OFFSET);
  let chosen = partitions[0] as Partition;
  let highest = -1;
  for (const partition of partitions) {
    const score = mix(hashText(partition, keyHash));
    if (score > highest) {
      highest = score;
      chosen = partition;
    }
  }
  return chosen;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a: it spreads load and protects nothing. */
function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  }
  return hash;
}

/** The finaliser of MurmurHash3, as FNV's high bits change little with the last characters. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
