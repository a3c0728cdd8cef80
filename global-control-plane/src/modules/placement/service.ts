import type { CellDescriptor } from '@commerce/contracts/cells';
import { type Partition, type Realm, realmOf } from '@commerce/contracts/ids';
import { type Placement, type PlacementTable, placementOf } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import { spreadPlacements } from './spread.ts';

export interface PlacementService {
  /**
   * Writes the first table of every realm that has cells and no table yet.
   * @throws AppError `unavailable` where the directory does not answer; may be called again
   */
  ensureTables(cells: readonly CellDescriptor[]): Promise<void>;
  /** The realm's table; undefined where the realm is unknown. @throws AppError `unavailable` */
  tableOf(realm: Realm): Promise<PlacementTable | undefined>;
  /** One placement; undefined where the realm is unknown. @throws AppError `unavailable` */
  placementOf(partition: Partition): Promise<Placement | undefined>;
}

export function createPlacementService(deps: { readonly directory: Directory }): PlacementService {
  const { directory } = deps;
  const tableOf = (realm: Realm): Promise<PlacementTable | undefined> =>
    directory.readPlacements(realm);
  return Object.freeze({
    ensureTables: async (cells: readonly CellDescriptor[]) => {
      for (const realm of new Set(cells.map((cell) => cell.realm))) {
        if ((await tableOf(realm)) !== undefined) continue;
        // A conflict means that another control plane wrote it first: then that table holds.
        await directory.createPlacements(spreadPlacements(realm, cells));
      }
    },
    tableOf,
    placementOf: async (partition: Partition) => {
      const table = await tableOf(realmOf(partition));
      return table === undefined ? undefined : placementOf(table, partition);
    },
  });
}
