import type { CellDescriptor } from '@commerce/contracts/cells';
import type { CellId, Realm } from '@commerce/contracts/ids';
import { partitionAt } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';

/** Why a table was not taken into use. */
export type RejectionReason =
  /** Older than the one held: of a replica that lags, or a directory that was restored. */
  | 'older-version'
  /** A partition has a lower epoch than before: its writes would go to a primary that was fenced. */
  | 'older-epoch'
  /** Cells of two legal areas hold one realm: personal data would leave the area that it belongs to. */
  | 'jurisdiction'
  /** It can't be read, or was written by nobody who has the key. */
  | 'damaged'
  /** It lists no cell at all. */
  | 'no-cells';

export interface Rejection {
  readonly reason: RejectionReason;
  /** Undefined where it is not about one realm. */
  readonly realm: Realm | undefined;
  readonly detail: string;
}

/** Finds what forbids a realm's table; undefined where it may be used. */
export function refuseTable(
  next: PlacementTable,
  held: PlacementTable | undefined,
  cells: ReadonlyMap<CellId, { readonly cell: CellDescriptor }>,
): Rejection | undefined {
  const { realm } = next;
  if (held !== undefined && next.version <= held.version) {
    const detail = `version ${next.version} came, ${held.version} is held`;
    return { reason: 'older-version', realm, detail };
  }
  const slot = next.placements.findIndex(
    ({ epoch }, index) => epoch < (held?.placements[index]?.epoch ?? 0),
  );
  if (slot >= 0) {
    const epochs = `${next.placements[slot]?.epoch} came, ${held?.placements[slot]?.epoch} is held`;
    return { reason: 'older-epoch', realm, detail: `${partitionAt(realm, slot)}: epoch ${epochs}` };
  }
  const areas = new Map<string, CellId>();
  // A realm is of the area of the cells that were set up for it, wherever its partitions are put.
  for (const { cell } of cells.values()) {
    if (cell.realm === realm) areas.set(cell.jurisdiction, cell.id);
  }
  for (const { primary, standby } of next.placements) {
    for (const id of [primary, standby]) {
      const area = id === undefined ? undefined : cells.get(id)?.cell.jurisdiction;
      if (area !== undefined) areas.set(area, id as CellId);
    }
  }
  if (areas.size <= 1) return undefined;
  const named = [...areas].map(([area, id]) => `${id} (${area})`).join(', ');
  return {
    reason: 'jurisdiction',
    realm,
    detail: `it is held by cells of several areas: ${named}`,
  };
}
