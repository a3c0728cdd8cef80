import type { CellDescriptor } from '@commerce/contracts/cells';
import { cellLocation } from '@commerce/contracts/cell-locations';
import { type CellId, type Realm, SLOTS_PER_REALM } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { startLocalDynamoDb } from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ModelWorld } from './model-cells.fixture.ts';
import type { CellControl } from './ports.ts';
import { previewEvacuation } from './preview.ts';

const [DE, FR] = ['eu-de-1', 'eu-fr-1'] as CellId[] as [CellId, CellId];
const EU = 'eu' as Realm;

let local: Awaited<ReturnType<typeof startLocalDynamoDb>>;
let directory: Directory;
let world: ModelWorld;

beforeAll(async () => {
  local = await startLocalDynamoDb();
  directory = createDynamoDirectory({ endpoint: local.endpoint });
  await directory.ensureTables();
  for (const id of [DE, FR]) {
    const place = { ...cellLocation(id), url: 'http://127.0.0.1:1', state: 'accepting', weight: 1 };
    await directory.putCell(place as CellDescriptor, undefined);
  }
  const placements = Array.from({ length: SLOTS_PER_REALM }, () => ({
    primary: DE,
    standby: FR,
    epoch: 1,
  }));
  await directory.createPlacements({ realm: EU, version: 1, placements });
  world = new ModelWorld(directory, EU);
});
afterAll(async () => {
  directory?.close();
  await local?.stop();
});

/** A cell that takes every call and answers none. It notes what it was asked for. */
function hanging(cell: CellId, asked: string[]): CellControl {
  return new Proxy(world.cell(cell), {
    get(known, name: keyof CellControl) {
      if (name === 'cell') return known.cell;
      return () => {
        asked.push(name);
        return new Promise(() => undefined);
      };
    },
  });
}

it('waits in an emergency for nothing of a source that hangs', async () => {
  const asked: string[] = [];
  const cells = (cell: CellId): CellControl =>
    cell === DE ? hanging(cell, asked) : world.cell(cell);
  const request = { source: DE, target: undefined, slots: undefined, isEmergency: true };
  const preview = await previewEvacuation({ directory, cells }, request);
  expect(asked).toEqual([]);
  expect(preview.size).toBeUndefined();
  expect(preview.targets).toMatchObject([{ cell: FR, partitions: SLOTS_PER_REALM, ready: true }]);
});

it('asks a source that has not told its states for no sizes', async () => {
  world.cell(DE).isSilent = true;
  const cells = (cell: CellId): CellControl => world.cell(cell);
  const request = { source: DE, target: undefined, slots: undefined };
  const preview = await previewEvacuation({ directory, cells }, request);
  expect(preview.size).toBeUndefined();
  expect(preview.warnings[0]).toContain('eu-de-1 does not answer');
});
