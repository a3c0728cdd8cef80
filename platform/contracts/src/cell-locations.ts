import data from '../data/cell-locations.json' with { type: 'json' };
import type { CellDescriptor } from './cells.ts';
import type { CellId } from './ids.ts';

/** What is known of a cell before it is started: where it would stand, and under which law. */
export type CellLocation = Pick<
  CellDescriptor,
  'id' | 'jurisdiction' | 'realm' | 'country' | 'location' | 'latitude' | 'longitude'
>;

// The brands of ids vanish in JSON; the tests check every id and realm of the file.
const locations = data.cellLocations as unknown as readonly CellLocation[];
const byId: ReadonlyMap<string, CellLocation> = new Map(
  locations.map((entry) => [entry.id, entry]),
);

/** All places that a cell may be started at, in the order of the data. */
export function allCellLocations(): readonly CellLocation[] {
  return locations;
}

/** The place of a cell by its id; undefined where the data has none. */
export function cellLocation(id: CellId | string): CellLocation | undefined {
  return byId.get(id);
}
