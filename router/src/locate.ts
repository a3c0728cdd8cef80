import { type CellId, type Partition, realmOf } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Hint } from './classify.ts';
import { chooseCell, drawFor, type IsHealthy } from './placement/choose-cell.ts';
import { choosePartition } from './placement/choose-partition.ts';
import { tenantHostsOf } from './placement/tenant-hosts.ts';
import { findPlacement, isUsable, type RoutingTable } from './routing-table.ts';

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
  /** Host that was asked for, in lower case and without a port; undefined where none is known. */
  readonly host?: string | undefined;
}

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
      return (
        (hint.isCallback === true
          ? locatePartition(table, hint.partition)
          : locateOnHost(table, hint.partition, newcomer.host)) ?? unknownPartition(table)
      );
    case 'nowhere':
      return new AppError('not-found', { detail: 'the address names nothing that we hold' });
    case 'token':
    case 'pin':
      return (
        locateOnHost(table, hint.partition, newcomer.host) ??
        locateNewcomer(table, newcomer, isHealthy)
      );
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

/** As {@link locatePartition}; a tenant's host reaches that tenant's partitions alone. */
function locateOnHost(
  table: RoutingTable,
  partition: Partition,
  host: string | undefined,
): Location | undefined {
  const tenants = tenantHostsOf(table);
  if (!tenants.isEmpty && !tenants.serves(host, realmOf(partition))) return undefined;
  return locatePartition(table, partition);
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
 * nearest accepting cell, of the tenant's where the host is one's → one of its partitions, by
 * rendezvous of the idempotency key where there is one, so that a retry without a cookie lands in the
 * same place.
 */
export function locateNewcomer(
  table: RoutingTable,
  newcomer: Newcomer,
  isHealthy: IsHealthy,
): Location | AppError {
  if (!isUsable(table)) return noTable();
  const { country, host, idempotencyKey } = newcomer;
  const wish = { country, host, draw: drawFor(idempotencyKey) };
  const cell = chooseCell(table, wish, isHealthy);
  if (cell === undefined) {
    return new AppError('no-cell', {
      detail: `no cell may take shoppers${country ? ` of ${country}` : ''} now`,
      retryAfterS: 30,
    });
  }
  const partition = choosePartition(
    table.primariesOf.get(cell.id) as readonly Partition[],
    idempotencyKey,
  );
  const location = locatePartition(table, partition) as Location;
  return { ...location, isNewPin: true };
}
