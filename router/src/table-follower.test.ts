import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import {
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { createLogger } from '@commerce/service/logger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRoutingTable, findPlacement } from './routing-table.ts';
import { createTableFollower, type TableFollower } from './table-follower.ts';
import { createTableStore, type TableStore } from './table-store.ts';
import { descriptorOf, tableOf, until } from './testing-fleet.ts';

const logger = createLogger('router', 'silent');
const KEY = Buffer.alloc(32, 7);
const partition = 'eu-000' as Partition;
let folder: string;
let store: TableStore;
let local: LocalDynamoDb;
let directory: Directory;
const followers: TableFollower[] = [];
let fleetCount = 0;

beforeAll(async () => {
  local = await startLocalDynamoDb();
});
afterAll(() => local.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'router-table-'));
  store = createTableStore(folder, KEY);
  directory = createDynamoDirectory({
    endpoint: local.endpoint,
    tablePrefix: `fleet${fleetCount++}-`,
  });
  await directory.ensureTables();
});
afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.stop()));
  directory.close();
  await rm(folder, { recursive: true });
});

function follow(source: Directory = directory, intervalMs = 20): TableFollower {
  const follower = createTableFollower({ directory: source, store, logger, intervalMs });
  followers.push(follower);
  return follower;
}

function nowhere(): Directory {
  return createDynamoDirectory({ endpoint: 'http://127.0.0.1:9', attemptsMax: 1 });
}

async function fill(): Promise<void> {
  await directory.putCell(descriptorOf('eu-de-1', 'http://127.0.0.1:1'), undefined);
  await directory.createPlacements(tableOf('eu', ['eu-de-1']));
}

const primary = (follower: TableFollower): string | undefined =>
  findPlacement(follower.current(), partition)?.primary;

describe('the followed table', () => {
  it('comes from the directory and follows its changes', async () => {
    await fill();
    const follower = follow();
    await follower.start();
    expect(primary(follower)).toBe('eu-de-1');
    await directory.replacePlacements(tableOf('eu', ['eu-fr-1'], { version: 2, epoch: 2 }), 1);
    await until(() => primary(follower) === 'eu-fr-1');
    await directory.putCell({ ...descriptorOf('eu-de-1', 'http://x:1'), state: 'draining' }, 1);
    await until(() => follower.current().cells.get('eu-de-1' as CellId)?.cell.state === 'draining');
  });

  it('is on disk for the next start, which needs nobody', async () => {
    await fill();
    const first = follow();
    await first.start();
    await first.stop();
    const second = follow(nowhere());
    await second.start();
    expect(primary(second)).toBe('eu-de-1');
    expect(second.status().source).toBe('disk');
    await until(() => second.status().failuresInARow > 0);
    expect(primary(second)).toBe('eu-de-1');
  });

  it('starts empty where there is neither disk nor directory, and fills when one comes', async () => {
    const follower = follow();
    await follower.start();
    expect(primary(follower)).toBeUndefined();
    await fill();
    await until(() => primary(follower) === 'eu-de-1');
  });

  it('never goes back to an older version', async () => {
    await store.save(
      createRoutingTable(
        [{ cell: descriptorOf('eu-de-1', 'http://127.0.0.1:7'), version: 9 }],
        [tableOf('eu', ['eu-fr-1'], { version: 9, epoch: 9 })],
      ),
    );
    await fill();
    const follower = follow();
    await follower.start();
    await until(() => follower.status().refusedCount > 0);
    expect(findPlacement(follower.current(), partition)).toMatchObject({
      primary: 'eu-fr-1',
      epoch: 9,
    });
    expect(follower.current().cells.get('eu-de-1' as CellId)?.version).toBe(9);
  });

  it('is kept when the directory loses its tables', async () => {
    await fill();
    const follower = follow();
    await follower.start();
    const emptied: Directory = {
      ...directory,
      listCells: async () => [],
      readPlacements: async (realm: Realm) => {
        throw new Error(`the table of ${realm} is damaged`);
      },
    };
    await follower.stop();
    const second = follow(emptied);
    await second.start();
    await until(() => second.status().failuresInARow > 0);
    expect(primary(second)).toBe('eu-de-1');
    expect(second.current().cells.size).toBe(1);
  });

  it('is read once for all who ask at once, by a reading that began after they asked', async () => {
    await fill();
    let readings = 0;
    const counted: Directory = {
      ...directory,
      listCells: () => {
        readings++;
        return directory.listCells();
      },
    };
    const follower = follow(counted, 60_000);
    await follower.start();
    const underWay = follower.refresh();
    await directory.replacePlacements(tableOf('eu', ['eu-fr-1'], { version: 2, epoch: 2 }), 1);
    await Promise.all(Array.from({ length: 50 }, () => follower.refresh()));
    await underWay;
    expect(primary(follower)).toBe('eu-fr-1');
    // That of the start, the one under way, and two for fifty who ask.
    expect(readings).toBeLessThanOrEqual(4);
  });
});

describe('a table that breaks a rule', () => {
  it('is not used: the last good one is, others are followed, and operators are told', async () => {
    await fill();
    await directory.putCell(descriptorOf('us-east-1', 'http://127.0.0.1:2'), undefined);
    await directory.createPlacements(tableOf('us', ['us-east-1']));
    const follower = follow();
    await follower.start();
    await directory.replacePlacements(tableOf('eu', ['us-east-1'], { version: 2, epoch: 2 }), 1);
    await directory.replacePlacements(tableOf('us', ['us-east-1'], { version: 2, epoch: 2 }), 1);
    await until(() => follower.status().rejections.length > 0);
    await until(() => follower.current().placements.get('us' as Realm)?.version === 2);
    expect(primary(follower)).toBe('eu-de-1');
    expect(follower.status().rejections).toMatchObject([{ reason: 'jurisdiction', realm: 'eu' }]);
    // The alarm ends with the next good table.
    await directory.replacePlacements(tableOf('eu', ['eu-de-1'], { version: 3, epoch: 3 }), 2);
    await until(() => follower.current().placements.get('eu' as Realm)?.version === 3);
    expect(follower.status().rejections).toEqual([]);
  });
});

describe('a refusal of a cell', () => {
  it('makes the router ask once, and not again at once where that was in vain', async () => {
    await fill();
    let readings = 0;
    const counted: Directory = {
      ...directory,
      listCells: () => {
        readings++;
        return directory.listCells();
      },
    };
    const follower = follow(counted, 60_000);
    await follower.start();
    readings = 0;
    for (let i = 0; i < 50; i++) await follower.refreshFor(partition, 1);
    expect(readings).toBe(1);
    await follower.refreshFor('eu-001' as Partition, 1);
    expect(readings).toBe(2);
    // A refusal by an epoch that is behind what is held needs nobody's word.
    await follower.refreshFor('eu-002' as Partition, 0);
    expect(readings).toBe(2);
  });
});

describe('the table on disk', () => {
  it('tells when the directory last confirmed it', async () => {
    await fill();
    const first = follow();
    await first.start();
    await first.stop();
    const second = follow(nowhere());
    await second.start();
    const { readAtMs = 0 } = second.status();
    expect(Date.now() - readAtMs).toBeGreaterThanOrEqual(0);
    expect(Date.now() - readAtMs).toBeLessThan(60_000);
  });

  it('is not used where it was written without the key', async () => {
    await createTableStore(folder, Buffer.alloc(32, 8)).save(
      createRoutingTable(
        [{ cell: descriptorOf('eu-de-1', 'http://127.0.0.1:1'), version: 1 }],
        [tableOf('eu', ['eu-de-1'])],
      ),
    );
    const follower = follow(nowhere());
    await follower.start();
    expect(primary(follower)).toBeUndefined();
    expect(follower.status().refusedCount).toBe(1);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, text.length / 2)],
    ['changed in one digit', (text: string) => text.replace('"version":1', '"version":7')],
    ['empty', () => ''],
    ['something else', () => 'hello\nworld'],
  ])('is not used when it is %s', async (_what, damage) => {
    await store.save(
      createRoutingTable(
        [{ cell: descriptorOf('eu-de-1', 'http://127.0.0.1:1'), version: 1 }],
        [tableOf('eu', ['eu-de-1'])],
      ),
    );
    const path = join(folder, 'routing-table.json');
    await writeFile(path, damage(await readFile(path, 'utf8')));
    expect(await store.load()).toBe('damaged');
    const follower = follow(nowhere());
    await follower.start();
    expect(primary(follower)).toBeUndefined();
  });
});
