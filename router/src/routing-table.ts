import type { CellDescriptor } from '@commerce/contracts/cells';
import {
  type CellId,
  type Partition,
  partitionAt,
  type Realm,
  realmOf,
} from '@commerce/contracts/ids';
import { type Placement, type PlacementTable, placementOf } from '@commerce/contracts/placements';
import type { VersionedCell } from '@commerce/engines/directory/directory';

/**
 * All that a router needs to route: cells and placements at one moment. Never changed; a refresh
 * makes a new one, so a request sees the same world from its first look to its last.
 */
export interface RoutingTable {
  readonly cells: ReadonlyMap<CellId, VersionedCell>;
  readonly placements: ReadonlyMap<Realm, PlacementTable>;
  /** Partitions that each cell is primary for: those that new shoppers may be put into. */
  readonly primariesOf: ReadonlyMap<CellId, readonly Partition[]>;
}

/** The table before anything is known. */
export const EMPTY_TABLE: RoutingTable = Object.freeze({
  cells: new Map(),
  placements: new Map(),
  primariesOf: new Map(),
});

/** Whether the router can route anything at all. */
export function isUsable(table: RoutingTable): boolean {
  return table.placements.size > 0 && table.cells.size > 0;
}

/** Makes a table of cells and placements. */
export function createRoutingTable(
  cells: Iterable<VersionedCell>,
  placements: Iterable<PlacementTable>,
): RoutingTable {
  const cellsById = new Map<CellId, VersionedCell>();
  for (const entry of cells) cellsById.set(entry.cell.id, entry);
  const placementsByRealm = new Map<Realm, PlacementTable>();
  const primariesOf = new Map<CellId, Partition[]>();
  for (const table of placements) {
    placementsByRealm.set(table.realm, table);
    table.placements.forEach((placement, slot) => {
      const primaries = primariesOf.get(placement.primary);
      const partition = partitionAt(table.realm, slot);
      if (primaries === undefined) primariesOf.set(placement.primary, [partition]);
      else primaries.push(partition);
    });
  }
  return Object.freeze({ cells: cellsById, placements: placementsByRealm, primariesOf });
}

/** Where a partition lives; undefined where its realm is not known. */
export function findPlacement(table: RoutingTable, partition: Partition): Placement | undefined {
  const realm = table.placements.get(realmOf(partition));
  return realm === undefined ? undefined : placementOf(realm, partition);
}

/** What the directory says of a cell; undefined where it is not known. */
export function findCell(table: RoutingTable, id: CellId): CellDescriptor | undefined {
  return table.cells.get(id)?.cell;
}

/** Realms that the known cells have shoppers in. */
export function realmsOf(cells: Iterable<VersionedCell>): ReadonlySet<Realm> {
  const realms = new Set<Realm>();
  for (const { cell } of cells) realms.add(cell.realm);
  return realms;
}
