import type { ProductDocument } from '@commerce/contracts/catalog';
import type { CellId, Realm } from '@commerce/contracts/ids';
import type { StockGrantPage } from '@commerce/contracts/stock';
import { createManualClock } from '@commerce/service/clock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  sampleProduct,
  startTestControlPlane,
  type TestControlPlane,
} from '../../testing-control-plane.ts';
import type { StockTotals, StockView } from './view.ts';

/** Stock follows the shoppers of a cell that is emptied, filled again, or gone. */

const clock = createManualClock(Date.parse('2026-03-01T12:00:00Z'));
const EU = 'eu' as Realm;
let plane: TestControlPlane;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;
let operator: Awaited<ReturnType<TestControlPlane['signInOperator']>>;
let variantId: string;
let version = 0;

beforeAll(async () => {
  plane = await startTestControlPlane({ clock });
  const { directory, cells } = plane.deps;
  for (const cell of cells) await directory.putCell(cell, undefined);
  await plane.registry.refresh();
  await directory.createPlacements({
    realm: EU,
    version: 1,
    placements: Array.from({ length: 1_024 }, (_, slot) => ({
      primary: (slot % 2 === 0 ? 'eu-de-1' : 'eu-fr-1') as CellId,
      standby: (slot % 2 === 0 ? 'eu-fr-1' : 'eu-de-1') as CellId,
      epoch: 1,
    })),
  });
  vendor = await plane.signUpVendor('nordlicht');
  operator = await plane.signInOperator();
  await plane.catalog.putCategories([
    { handle: 'shirts', parent: null, names: { en: 'Shirts' }, position: 1 },
  ]);
  const created = await plane.catalog.createProduct(vendor.id, sampleProduct());
  const variant = (created.product as ProductDocument).variants[0];
  variantId = variant?.id ?? '';
  const counted = await plane.app.inject({
    method: 'PUT',
    url: `/v1/vendors/${vendor.id}/stock/${variant?.sku}`,
    headers: vendor.headers,
    payload: {
      onHand: 40,
      asOf: clock.now().toISOString(),
      split: { 'eu-de-1': 1, 'eu-fr-1': 1 },
    },
  });
  expect(counted.statusCode).toBe(200);
});
afterAll(() => plane.close());

/** Names the primary of every partition of the realm. */
async function moveAllTo(cell: string | undefined): Promise<void> {
  const { directory } = plane.deps;
  const table = await directory.readPlacements(EU);
  if (table === undefined) throw new Error('there is no table');
  const placements = table.placements.map((slot, index) => ({
    ...slot,
    primary: (cell ?? (index % 2 === 0 ? 'eu-de-1' : 'eu-fr-1')) as CellId,
    epoch: slot.epoch + 1,
  }));
  await directory.replacePlacements(
    { ...table, version: table.version + 1, placements },
    table.version,
  );
  await plane.stock.homes.job.run(new AbortController().signal);
}

const view = async () =>
  (
    await plane.app.inject({ url: `/v1/stock/${variantId}`, headers: vendor.headers })
  ).json() as StockView;
const grantedTo = async (cell: string) =>
  (await view()).cells.find((entry) => entry.cell === cell)?.granted;
const lastGrant = async (cell: string) => {
  const page = (
    await plane.app.inject({
      url: `/v1/stock/grants?cell=${cell}&after=0`,
      headers: plane.asCell(cell),
    })
  ).json() as StockGrantPage;
  return page.grants.find((grant) => grant.variantId === variantId);
};
const report = async (cell: string, figures: Readonly<Record<string, number>>) => {
  version += 1;
  const empty = {
    receivedTotal: 0,
    returnedTotal: 0,
    openingTotal: 0,
    movedInTotal: 0,
    movedOutTotal: 0,
    available: 0,
    reserved: 0,
    committed: 0,
    generation: 1,
  };
  const answer = await plane.app.inject({
    method: 'POST',
    url: '/v1/stock/reports',
    headers: plane.asCell(cell),
    payload: { cell, reports: [{ ...empty, variantId, version, ...figures }] },
  });
  expect(answer.json()).toMatchObject({ applied: 1, refused: [] });
};
const writeOff = (cell: string, headers: Readonly<Record<string, string>>) =>
  plane.app.inject({
    method: 'POST',
    url: `/v1/stock/cells/${cell}/write-off`,
    headers,
    payload: {},
  });

describe('I3: the stock of a cell', () => {
  test('whose partitions have moved away is recalled, and granted to who has them', async () => {
    await report('eu-de-1', { receivedTotal: 20, available: 14, committed: 6 });
    await report('eu-fr-1', { receivedTotal: 20, available: 20 });
    await moveAllTo('eu-fr-1');
    expect(await lastGrant('eu-de-1')).toMatchObject({ grantedTotal: 20, recalledTotal: 14 });
    await report('eu-fr-1', { receivedTotal: 20, movedInTotal: 6, available: 20, committed: 6 });
    expect(await view()).toMatchObject({ inTransit: 6 });
    await report('eu-de-1', { receivedTotal: 20, returnedTotal: 14, movedOutTotal: 6 });
    expect(await view()).toMatchObject({ onHand: 40, unallotted: 0, inTransit: 0 });
    expect(await grantedTo('eu-de-1')).toBe(0);
    expect(await grantedTo('eu-fr-1')).toBe(40);
    expect(await lastGrant('eu-fr-1')).toMatchObject({ grantedTotal: 34 });
  });

  test('that gets its partitions back gets its share of what is free', async () => {
    const atFr = { receivedTotal: 34, movedInTotal: 6, committed: 6 };
    await report('eu-fr-1', { ...atFr, available: 34 });
    await moveAllTo(undefined);
    expect(await lastGrant('eu-fr-1')).toMatchObject({ recalledTotal: 17 });
    await report('eu-fr-1', { ...atFr, returnedTotal: 17, available: 17 });
    expect(await grantedTo('eu-de-1')).toBe(17);
  });

  test('that is gone is stranded until it is written off, which needs its partitions elsewhere', async () => {
    await plane.registry.probe();
    const stranded = await view();
    expect(stranded.cells.find(({ cell }) => cell === 'eu-de-1')).toMatchObject({ stranded: 17 });
    expect((await writeOff('eu-de-1', operator)).json()).toMatchObject({
      status: 409,
      field: 'cell',
      detail: 'eu-de-1 has 512 partitions: evacuate it first.',
    });
    await moveAllTo('eu-fr-1');
    const early = await writeOff('eu-de-1', operator);
    expect(early.json()).toMatchObject({ status: 409, field: 'cell' });
    expect(early.headers['retry-after']).toBe('10');
    clock.advance(11_000);
    for (const headers of [plane.asCell('eu-fr-1'), vendor.headers]) {
      expect((await writeOff('eu-de-1', headers)).statusCode).toBe(403);
    }
    const done = await writeOff('eu-de-1', plane.asCell('cellctl'));
    expect(done.json()).toMatchObject({ cell: 'eu-de-1', generation: 2, variants: 1, units: 17 });
    expect(await grantedTo('eu-de-1')).toBe(0);
    expect(await grantedTo('eu-fr-1')).toBe(40);
    expect(await view()).toMatchObject({ onHand: 40, unallotted: 0, inTransit: 0 });
  });

  test('that comes back after that begins anew, and what it says of before is void', async () => {
    expect(await lastGrant('eu-de-1')).toMatchObject({ grantedTotal: 0, generation: 2 });
    const before = await view();
    const late = await plane.app.inject({
      method: 'POST',
      url: '/v1/stock/reports',
      headers: plane.asCell('eu-de-1'),
      payload: {
        cell: 'eu-de-1',
        reports: [
          {
            variantId,
            receivedTotal: 37,
            returnedTotal: 14,
            openingTotal: 0,
            movedInTotal: 0,
            movedOutTotal: 6,
            available: 17,
            reserved: 0,
            committed: 0,
            version: 1_000,
            generation: 1,
          },
        ],
      },
    });
    expect(late.json()).toMatchObject({ applied: 0, ignored: 1 });
    expect((await view()).cells.map(({ granted }) => granted)).toEqual(
      before.cells.map(({ granted }) => granted),
    );
    const totals = (
      await plane.app.inject({ url: '/v1/stock/cells', headers: operator })
    ).json() as StockTotals;
    expect(totals).toMatchObject({ onHand: 40, unallotted: 0, inTransit: 0 });
    expect(totals.cells.find(({ cell }) => cell === 'eu-de-1')).toMatchObject({ generation: 2 });
  });
});
