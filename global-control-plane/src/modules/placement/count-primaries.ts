import type { CellDescriptor } from '@commerce/contracts/cells';
import type { PlacementService } from './service.ts';

/**
 * How many partitions each cell is primary of, 0 for one that has none. Cells of a realm without a
 * table are left out: nothing is known of them.
 * @throws AppError `unavailable` where the directory does not answer
 */
export async function countPrimaries(
  placement: Pick<PlacementService, 'tableOf'>,
  cells: readonly CellDescriptor[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const [realm, members] of Map.groupBy(cells, (cell) => cell.realm)) {
    const table = await placement.tableOf(realm);
    if (table === undefined) continue;
    for (const { id } of members) counts.set(id, counts.get(id) ?? 0);
    for (const { primary } of table.placements) {
      counts.set(primary, (counts.get(primary) ?? 0) + 1);
    }
  }
  return counts;
}
