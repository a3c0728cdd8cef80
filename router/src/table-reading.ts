import type { CellId, Realm } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import { AppError } from '@commerce/contracts/problems';
import type { Directory, VersionedCell } from '@commerce/engines/directory/directory';
import { createRoutingTable, realmsOf, type RoutingTable } from './routing-table.ts';
import { type Rejection, refuseTable } from './table-rules.ts';

/** What one reading of the directory brought. */
interface Reading {
  readonly cells: readonly VersionedCell[];
  readonly placements: readonly PlacementTable[];
  readonly rejections: readonly Rejection[];
}

/**
 * Reads cells, and the tables that are newer than what is held. A table that can't be read is left out,
 * and the others are good all the same.
 * @throws AppError `unavailable` where the directory is away
 */
export async function readDirectory(directory: Directory, held: RoutingTable): Promise<Reading> {
  const cells = await directory.listCells();
  const realms = new Set<Realm>([...realmsOf(cells), ...held.placements.keys()]);
  const placements: PlacementTable[] = [];
  const rejections: Rejection[] = [];
  await Promise.all(
    [...realms].map(async (realm) => {
      const version = held.placements.get(realm)?.version;
      const options = version === undefined ? {} : { ifNewerThan: version };
      try {
        const table = await directory.readPlacements(realm, options);
        if (table !== undefined) placements.push(table);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'internal-error') throw error;
        rejections.push({ reason: 'damaged', realm, detail: error.message });
      }
    }),
  );
  return { cells, placements, rejections };
}

/**
 * Puts a reading over what is held. What breaks a rule is refused, entry by entry, and the last good one
 * stays in use: a table of an older epoch would send shoppers to a cell that is not theirs any more.
 */
export function mergeReading(
  held: RoutingTable,
  reading: Reading,
): { readonly table: RoutingTable; readonly rejections: readonly Rejection[] } {
  const rejections = [...reading.rejections];
  const { cells, isChanged } = mergeCells(held, reading.cells, rejections);
  let changed = isChanged;
  const placements = new Map(held.placements);
  for (const table of reading.placements) {
    const rejection = refuseTable(table, placements.get(table.realm), cells);
    if (rejection !== undefined) {
      rejections.push(rejection);
      continue;
    }
    placements.set(table.realm, table);
    changed = true;
  }
  const table = changed ? createRoutingTable(cells.values(), placements.values()) : held;
  return { table, rejections };
}

function mergeCells(held: RoutingTable, read: readonly VersionedCell[], rejections: Rejection[]) {
  if (read.length === 0) {
    // A directory that lost its cells, or was begun anew: nobody would be served any more.
    if (held.cells.size > 0) {
      rejections.push({ reason: 'no-cells', realm: undefined, detail: 'it lists no cell' });
    }
    return { cells: held.cells, isChanged: false };
  }
  const cells = new Map<CellId, VersionedCell>();
  let isChanged = false;
  for (const entry of read) {
    const known = held.cells.get(entry.cell.id);
    const isOlder = known !== undefined && entry.version < known.version;
    if (isOlder) {
      const detail = `${entry.cell.id}: version ${entry.version} came, ${known.version} is held`;
      rejections.push({ reason: 'older-version', realm: entry.cell.realm, detail });
    }
    cells.set(entry.cell.id, isOlder ? known : entry);
    if (known === undefined || entry.version > known.version) isChanged = true;
  }
  return { cells, isChanged: isChanged || cells.size !== held.cells.size };
}
