import type { CellDescriptor } from '@commerce/contracts/cells';
import { type CellId, type Realm, SLOTS_PER_REALM } from '@commerce/contracts/ids';
import type { Placement, PlacementTable } from '@commerce/contracts/placements';

/**
 * The first table of a realm: primaries spread evenly over its cells, each standby on another cell,
 * standbys spread evenly too. A realm with one cell has no standbys.
 * @throws RangeError where the realm has no cell
 */
export function spreadPlacements(realm: Realm, cells: readonly CellDescriptor[]): PlacementTable {
  const ids: CellId[] = cells
    .filter((cell) => cell.realm === realm && cell.state !== 'retired')
    .map(({ id }) => id)
    .toSorted();
  const count = ids.length;
  if (count === 0) throw new RangeError(`realm ${realm} has no cell`);
  const placements = Array.from({ length: SLOTS_PER_REALM }, (_, slot): Placement => {
    const primary = ids[slot % count] as CellId;
    if (count === 1) return { primary, standby: undefined, epoch: 1 };
    // The distance to the standby goes round with each full turn over the cells, so that the loss of
    // one cell spreads its load over all the others.
    const distance = 1 + (Math.floor(slot / count) % (count - 1));
    return { primary, standby: ids[((slot % count) + distance) % count], epoch: 1 };
  });
  return { realm, version: 1, placements };
}
