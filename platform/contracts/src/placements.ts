import { type CellId, type Partition, type Realm, SLOTS_PER_REALM, slotOf } from './ids.ts';

/** Where one partition lives. The epoch grows by one at each change of the primary. */
export interface Placement {
  readonly primary: CellId;
  /** Undefined while a realm has one cell only; such a partition can't be evacuated. */
  readonly standby: CellId | undefined;
  readonly epoch: number;
}

/**
 * All 1,024 placements of a realm, kept as one item in the directory, so that a flip of many
 * partitions is one atomic conditional write and a refresh is one read.
 */
export interface PlacementTable {
  readonly realm: Realm;
  /** Grows by one at each write; routers and cells refuse an older table than the one they hold. */
  readonly version: number;
  readonly placements: readonly Placement[];
}

/** Wire and disk form: cells are named once, each slot is `primary,standby,epoch` by index. */
export interface EncodedPlacementTable {
  readonly realm: string;
  readonly version: number;
  readonly cells: readonly string[];
  /** Slots joined by `;`, each `primaryIndex,standbyIndex or -1,epoch`. About 8 KB. */
  readonly slots: string;
}

/** The placement of a partition in its realm's table. */
export function placementOf(table: PlacementTable, partition: Partition): Placement {
  return table.placements[slotOf(partition)] as Placement;
}

/** Writes a table in its wire form. */
export function encodePlacements(table: PlacementTable): EncodedPlacementTable {
  const cells: string[] = [];
  const indexOf = new Map<string, number>();
  const index = (cell: string | undefined): number => {
    if (cell === undefined) return -1;
    const known = indexOf.get(cell);
    if (known !== undefined) return known;
    indexOf.set(cell, cells.length);
    return cells.push(cell) - 1;
  };
  const slots = table.placements
    .map((slot) => `${index(slot.primary)},${index(slot.standby)},${slot.epoch}`)
    .join(';');
  return { realm: table.realm, version: table.version, cells, slots };
}

/**
 * Reads the wire form.
 * @throws TypeError where it is damaged; whoever reads keeps the last good table then.
 */
export function decodePlacements(encoded: EncodedPlacementTable): PlacementTable {
  const parts = encoded.slots.split(';');
  if (parts.length !== SLOTS_PER_REALM) {
    throw new TypeError(`placement table of ${encoded.realm} has ${parts.length} slots`);
  }
  const placements = parts.map((part, slot): Placement => {
    const [primaryIndex, standbyIndex, epoch] = part.split(',').map(Number);
    const primary = encoded.cells[primaryIndex ?? -1];
    if (primary === undefined || epoch === undefined || !Number.isSafeInteger(epoch) || epoch < 1) {
      throw new TypeError(`placement table of ${encoded.realm} is damaged at slot ${slot}`);
    }
    const standby = encoded.cells[standbyIndex ?? -1];
    return { primary: primary as CellId, standby: standby as CellId | undefined, epoch };
  });
  return { realm: encoded.realm as Realm, version: encoded.version, placements };
}
