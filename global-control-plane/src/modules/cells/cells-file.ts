import { readFileSync } from 'node:fs';
import { CELL_STATES, type CellDescriptor } from '@commerce/contracts/cells';
import { parseCellId, parseRealm } from '@commerce/contracts/ids';
import { jurisdiction } from '@commerce/contracts/jurisdictions';
import { StartupFault } from '@commerce/service/part';
import { Type } from 'typebox';
import Value from 'typebox/value';

const Descriptors = Type.Array(
  Type.Object({
    id: Type.String(),
    jurisdiction: Type.String(),
    realm: Type.String(),
    country: Type.String({ pattern: '^[A-Z]{2}$' }),
    location: Type.String({ maxLength: 100 }),
    latitude: Type.Number({ minimum: -90, maximum: 90 }),
    longitude: Type.Number({ minimum: -180, maximum: 180 }),
    url: Type.String({ pattern: '^https?://[^/]+$' }),
    state: Type.Enum(Object.keys(CELL_STATES)),
    weight: Type.Number({ minimum: 0, maximum: 100 }),
  }),
  { maxItems: 1_000 },
);

function refuse(path: string, reason: string): never {
  throw new StartupFault(
    `the file of cells ${path} ${reason}`,
    'Let CELLS_FILE name a JSON array of cell descriptors.',
  );
}

/**
 * Reads the descriptors of the cells that the control plane starts with.
 * @throws StartupFault where the file can't be read, or a descriptor in it is wrong
 */
export function readCellsFile(path: string): readonly CellDescriptor[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    refuse(path, code === undefined ? 'is not JSON' : `can not be read (${code})`);
  }
  if (!Value.Check(Descriptors, parsed)) {
    const first = Value.Errors(Descriptors, parsed)[0];
    refuse(
      path,
      `is wrong at ${first?.instancePath ?? '/'}: it ${first?.message ?? 'does not fit'}`,
    );
  }
  for (const cell of parsed) {
    if (parseCellId(cell.id) === undefined) refuse(path, `holds "${cell.id}", which is no cell id`);
    if (parseRealm(cell.realm) === undefined) refuse(path, `gives ${cell.id} a realm that is none`);
    if (jurisdiction(cell.jurisdiction) === undefined) {
      refuse(path, `gives ${cell.id} the unknown jurisdiction "${cell.jurisdiction}"`);
    }
  }
  return parsed as unknown as readonly CellDescriptor[];
}
