import { setTimeout as sleep } from 'node:timers/promises';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from './testing-control-plane.ts';

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
  await plane.startJobs();
  const deadline = Date.now() + 10_000;
  while (!plane.isRegistered() && Date.now() < deadline) await sleep(20);
});
afterAll(() => plane.close());

const get = (url: string) => plane.app.inject({ method: 'GET', url });

describe('the control plane', () => {
  test('is ready once cells and placements are in the directory', async () => {
    const ready = await get('/health/ready');
    expect(ready.json()).toEqual({
      status: 'ready',
      checks: { database: true, cells: true },
    });
  });

  test('spreads the partitions of a realm evenly, each with a standby in another cell', async () => {
    const answer = await get('/v1/placements?realm=eu');
    const { placements } = answer.json() as {
      placements: { partition: string; primary: string; standby: string; epoch: number }[];
    };
    expect(placements).toHaveLength(1024);
    expect(placements.filter(({ primary }) => primary === 'eu-de-1')).toHaveLength(512);
    expect(placements.every(({ primary, standby }) => standby !== primary)).toBe(true);
    expect((await get('/v1/placements/eu-1f3')).json()).toEqual({
      partition: 'eu-1f3',
      primary: 'eu-fr-1',
      standby: 'eu-de-1',
      epoch: 1,
    });
  });

  test.each([
    ['/v1/placements/eu-9ff', 400, 'invalid-id'],
    ['/v1/placements/jp-001', 404, 'not-found'],
    ['/v1/placements?realm=nowhere', 404, 'not-found'],
    ['/v1/placements', 400, 'invalid-request'],
    ['/v1/cells/eu-xx-9', 404, 'not-found'],
    ['/v1/catalog/changes?after=-1', 400, 'invalid-request'],
    ['/v1/catalog/changes', 401, 'unauthenticated'],
    ['/v1/me', 401, 'unauthenticated'],
  ])('answers %s with %i %s', async (url, status, code) => {
    const answer = await get(url);
    expect(answer.json()).toMatchObject({ status, code });
    expect(answer.statusCode).toBe(status);
  });

  test('says of a cell that does not answer that it is unreachable, and leaves nothing out', async () => {
    await plane.registry.probe();
    const { cells, directory } = (await get('/v1/cells')).json() as {
      directory: string;
      cells: { id: string; health: { reachability: string; replication: unknown } }[];
    };
    expect(directory).toBe('answers');
    expect(cells.map(({ id }) => id)).toEqual(['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1']);
    for (const { health } of cells) {
      expect(health).toMatchObject({ reachability: 'unreachable', replication: null });
    }
  });

  test('keeps the state and weight that the directory holds when it registers cells again', async () => {
    const { directory } = plane.deps;
    const id = plane.deps.cells[0]?.id as NonNullable<(typeof plane.deps.cells)[0]>['id'];
    const known = await directory.readCell(id);
    if (known === undefined) throw new Error('the cell is not registered');
    await directory.putCell({ ...known.cell, state: 'draining', weight: 7 }, known.version);
    await plane.registry.register();
    expect((await get(`/v1/cells/${id}`)).json()).toMatchObject({ state: 'draining', weight: 7 });
    const again = await directory.readCell(id);
    expect(again?.version).toBe(known.version + 1);
  });

  test('describes itself', async () => {
    const document = (await get('/openapi.json')).json() as { openapi: string; paths: object };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/v1/catalog/changes');
    expect((await get('/')).json()).toMatchObject({ openapi: '/openapi.json' });
    expect((await get('/metrics')).body).toContain('catalog_head_seq ');
  });
});

const columns = statement<{ table_name: string; column_name: string }>(
  'tests.columns',
  `SELECT table_name, column_name FROM information_schema.columns
   WHERE table_schema = 'public' ORDER BY table_name, column_name`,
);

test('every column of the live database has a data class, and every declared column exists', async () => {
  const { declaredTables } = await import('./tables.ts');
  const live = await plane.deps.sql.query(columns);
  const declared = declaredTables.flatMap(({ name, columns: classes }) =>
    Object.keys(classes).map((column) => `${name}.${column}`),
  );
  expect(declared.toSorted()).toEqual(
    live.map((row) => `${row.table_name}.${row.column_name}`).toSorted(),
  );
});
