import { Readable } from 'node:stream';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImportOptions, type ImportView } from '@commerce/contracts/catalog-imports';
import { Value } from 'typebox/value';
import { startTestControlPlane, type TestControlPlane } from '../../../testing-control-plane.ts';
import type { CatalogService } from '../service.ts';
import { createImports } from './service.ts';

/** Imports that stop half-way. No job runs here: each test says which process does what. */

let plane: TestControlPlane;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;
let nowMs = Date.parse('2026-03-01T08:00:00Z');
const clock = { now: () => new Date(nowMs), nowMs: () => nowMs };

beforeAll(async () => {
  plane = await startTestControlPlane({ clock });
  vendor = await plane.signUpVendor('nordlicht');
});
afterAll(() => plane.close());

/** A process of its own: with a catalogue that may do something before each group. */
function createProcess(beforeGroup: (group: number) => Promise<void> = async () => undefined) {
  let group = 0;
  const catalog: CatalogService = {
    ...plane.catalog,
    saveBundles: async (...args) => {
      group += 1;
      await beforeGroup(group);
      return plane.catalog.saveBundles(...args);
    },
  };
  const { sql, log } = plane.deps;
  return createImports({ sql, clock, log, catalog, onQueued: () => undefined });
}

const running = new AbortController().signal;
const ROWS = 451;
const text = (name: string): string =>
  [
    'Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty',
    ...Array.from({ length: ROWS }, (_, index) =>
      index % 100 === 50
        ? `${name}-${index},,${name}-${index},1.00,1`
        : `${name}-${index},Thing ${index},${name}-${index},1.00,1`,
    ),
  ].join('\n');

async function upload(name: string): Promise<ImportView> {
  const options = Value.Default(ImportOptions, {}) as ImportOptions;
  return createProcess().startCsv({
    vendor: { id: vendor.id, country: 'DE' },
    options,
    idempotencyKey: undefined,
    body: Readable.from([Buffer.from(text(name))]),
  });
}

const counts = statement<{ products: bigint; changes: bigint }>(
  'tests.count_of_prefix',
  `SELECT (SELECT count(*) FROM products WHERE handle LIKE $1) AS products,
     (SELECT count(*) FROM catalog_changes WHERE kind = 'product' AND document LIKE $2) AS changes`,
);
const countOf = async (name: string) =>
  (await plane.deps.sql.query(counts, [`${name}-%`, `%"handle":"${name}-%`]))[0];
const find = (id: string) => createProcess().find(id);
const GOOD = BigInt(ROWS - 5);

async function expectWhole(id: string, name: string): Promise<void> {
  const view = await find(id);
  expect(view).toMatchObject({
    state: 'completed',
    rows: ROWS,
    created: Number(GOOD),
    updated: 0,
    failed: 5,
    errorCount: 5,
  });
  // Each finding is there once, in the order of the file.
  expect(view?.errors.map(({ line }) => line)).toEqual([52, 152, 252, 352, 452]);
  expect(await countOf(name)).toEqual({ products: GOOD, changes: GOOD });
}

test('an import whose process breaks goes on behind what it has saved, with no double', async () => {
  const { id } = await upload('broken');
  const breaking = createProcess(async (group) => {
    if (group === 3) throw new Error('the process breaks');
  });
  await expect(breaking.runNext(running)).rejects.toThrow('the process breaks');
  const half = await find(id);
  expect(half).toMatchObject({ state: 'queued', rows: 200, created: 198, failed: 2 });
  expect(await createProcess().runNext(running)).toBe(true);
  await expectWhole(id, 'broken');
});

test('an import whose process was killed is taken over when its lease has ended, not before', async () => {
  const { id } = await upload('killed');
  // A killed process says nothing any more; here it hangs, and wakes up when another has its import.
  let wake = (): void => undefined;
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const killed = createProcess((group) => (group === 3 ? asleep : Promise.resolve()));
  const ending = killed.runNext(running);
  await expect
    .poll(async () => (await find(id))?.rows, { timeout: 15_000, interval: 10 })
    .toBe(200);
  expect(await createProcess().runNext(running)).toBe(false);
  nowMs += 20_000;
  expect(await createProcess().runNext(running)).toBe(true);
  await expectWhole(id, 'killed');
  wake();
  // It finds its import taken, and undoes what it was about to save.
  expect(await ending).toBe(true);
  await expectWhole(id, 'killed');
});

test('an import pauses where its process ends, and goes on in the next', async () => {
  const { id } = await upload('paused');
  const stopping = new AbortController();
  const ending = createProcess(async (group) => {
    if (group === 2) stopping.abort();
  });
  expect(await ending.runNext(stopping.signal)).toBe(true);
  expect(await find(id)).toMatchObject({ state: 'queued', rows: 200 });
  expect(await createProcess().runNext(running)).toBe(true);
  await expectWhole(id, 'paused');
});

test('a cancelled import stops at once, keeps what is saved, and can be resumed', async () => {
  const { id } = await upload('cancelled');
  const process = createProcess(async (group) => {
    if (group === 3) await createProcess().cancel(id);
  });
  expect(await process.runNext(running)).toBe(true);
  expect(await find(id)).toMatchObject({ state: 'cancelled', rows: 200, created: 198 });
  expect((await countOf('cancelled'))?.products).toBe(198n);
  expect(await createProcess().cancel(id)).toMatchObject({ state: 'cancelled' });
  expect(await createProcess().runNext(running)).toBe(false);
  expect(await createProcess().resume(id)).toMatchObject({ state: 'queued' });
  await createProcess().runNext(running);
  await expectWhole(id, 'cancelled');
  await expect(createProcess().resume(id)).rejects.toMatchObject({ code: 'conflict' });
});

test('an import that fails again and again is given up, and can be resumed by a person', async () => {
  const { id } = await upload('failing');
  const failing = createProcess(async () => {
    throw new Error('still broken');
  });
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await expect(failing.runNext(running)).rejects.toThrow('still broken');
  }
  expect(await find(id)).toMatchObject({ state: 'failed', failure: { code: 'internal-error' } });
  await createProcess().resume(id);
  await createProcess().runNext(running);
  await expectWhole(id, 'failing');
});

test('an upload that breaks off is interrupted and leaves no file', async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from(text('half').slice(0, 2_000));
      throw new Error('the client went away');
    })(),
  );
  const process = createProcess();
  const request = {
    vendor: { id: vendor.id, country: 'DE' },
    options: Value.Default(ImportOptions, {}) as ImportOptions,
    idempotencyKey: 'half',
  };
  await expect(process.startCsv({ ...request, body: broken })).rejects.toThrow('went away');
  const [first] = await process.list(vendor.id, undefined, 1);
  expect(first).toMatchObject({ state: 'interrupted' });
  await expect(process.resume(first?.id ?? '')).rejects.toMatchObject({ code: 'conflict' });
  // Sent again with its key it is the same import.
  const again = await process.startCsv({
    ...request,
    body: Readable.from([Buffer.from(text('half'))]),
  });
  expect(again).toMatchObject({ id: first?.id, state: 'queued' });
  await process.runNext(running);
  await expectWhole(again.id, 'half');
});

test('files of ended imports are let go of after a day', async () => {
  const process = createProcess();
  const options = { ...(Value.Default(ImportOptions, {}) as ImportOptions), dryRun: true };
  const body = Readable.from([Buffer.from(text('old'))]);
  const dry = await process.startCsv({
    vendor: { id: vendor.id, country: 'DE' },
    options,
    idempotencyKey: undefined,
    body,
  });
  await process.runNext(running);
  await process.prune();
  nowMs += 25 * 3_600_000;
  await process.prune();
  await expect(process.apply(dry.id)).rejects.toMatchObject({ code: 'conflict' });
});
