import type { ProductDocument } from '@commerce/contracts/catalog';
import type { StockGrantPage, StockReport } from '@commerce/contracts/stock';
import { createManualClock } from '@commerce/service/clock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  sampleProduct,
  startTestControlPlane,
  type TestControlPlane,
} from '../../testing-control-plane.ts';
import type { StockView } from './view.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const clock = createManualClock(START);
let plane: TestControlPlane;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;
let numbers = 0;

beforeAll(async () => {
  plane = await startTestControlPlane({ clock });
  vendor = await plane.signUpVendor('nordlicht');
  await plane.catalog.putCategories([
    { handle: 'shirts', parent: null, names: { en: 'Shirts' }, position: 1 },
  ]);
});
afterAll(() => plane.close());

/** A SKU that nothing was counted of yet, sold in eu and us. */
async function newSku(): Promise<{ sku: string; variantId: string }> {
  numbers += 1;
  const sku = `SKU-${numbers}`;
  const [variant] = sampleProduct().variants;
  const product = sampleProduct({
    handle: `p-${numbers}`,
    variants: variant === undefined ? [] : [{ ...variant, sku }],
  });
  const created = await plane.catalog.createProduct(vendor.id, product);
  const { variants } = created.product as ProductDocument;
  return { sku, variantId: variants[0]?.id ?? '' };
}

const count = (sku: string, body: object) =>
  plane.app.inject({
    method: 'PUT',
    url: `/v1/vendors/${vendor.id}/stock/${sku}`,
    headers: vendor.headers,
    payload: { asOf: clock.now().toISOString(), ...body },
  });
const view = async (variantId: string) =>
  (
    await plane.app.inject({ url: `/v1/stock/${variantId}`, headers: vendor.headers })
  ).json() as StockView;
const grantsOf = async (cell: string, query = 'after=0') =>
  (
    await plane.app.inject({
      url: `/v1/stock/grants?cell=${cell}&${query}`,
      headers: plane.asCell(cell),
    })
  ).json() as StockGrantPage;
const report = (cell: string, ...reports: Partial<StockReport>[]) =>
  plane.app.inject({
    method: 'POST',
    url: '/v1/stock/reports',
    headers: plane.asCell(cell),
    payload: {
      cell,
      reports: reports.map((one) => ({
        receivedTotal: 0,
        returnedTotal: 0,
        openingTotal: 0,
        movedInTotal: 0,
        movedOutTotal: 0,
        available: 0,
        reserved: 0,
        committed: 0,
        version: 1,
        generation: 1,
        ...one,
      })),
    },
  });
const granted = (stock: StockView) =>
  Object.fromEntries(stock.cells.map(({ cell, granted: units }) => [cell, units]));

describe('units that were sent to shoppers', () => {
  test('are not on hand any more, are in the history, and do not count against a later count (I3)', async () => {
    const { sku, variantId } = await newSku();
    await count(sku, { onHand: 10 });
    clock.advance(1_000);
    const sent = { variantId, receivedTotal: 3, available: 1, shippedTotal: 2 };
    for (const version of [1, 1, 2]) {
      const taken = await report('eu-de-1', { ...sent, version });
      expect(taken.json()).toMatchObject({ refused: [] });
    }
    const stock = await view(variantId);
    expect(stock).toMatchObject({ onHand: 8, unallotted: 0, inTransit: 0 });
    expect(granted(stock)).toMatchObject({ 'eu-de-1': 1 });
    const history = await plane.app.inject({
      url: `/v1/vendors/${vendor.id}/stock/${sku}/movements`,
      headers: vendor.headers,
    });
    const { items } = history.json();
    expect(items[0]).toMatchObject({ kind: 'shipped', delta: -2 });
    clock.advance(1_000);
    const counted = (await count(sku, { onHand: 8 })).json() as StockView;
    expect(counted).toMatchObject({ onHand: 8, pendingReduction: 0 });
  });
});

describe('a count', () => {
  test('is shared among the cells by weight, and each cell finds its grant in its feed', async () => {
    const { sku, variantId } = await newSku();
    const counted = (await count(sku, { onHand: 10 })).json() as StockView;
    expect(counted).toMatchObject({ variantId, onHand: 10, unallotted: 0, pendingReduction: 0 });
    expect(granted(counted)).toEqual({
      'eu-de-1': 3,
      'eu-fr-1': 3,
      'us-east-1': 2,
      'us-west-1': 2,
    });
    const { grants } = await grantsOf('eu-de-1');
    expect(grants.at(-1)).toMatchObject({ variantId, grantedTotal: 3, recalledTotal: 0 });
  });

  test('goes to the cells that the split names, and to none that sells in no market of the variant', async () => {
    const { sku } = await newSku();
    const split = { 'eu-de-1': 3, 'us-east-1': 1 };
    const counted = (await count(sku, { onHand: 100, split })).json() as StockView;
    expect(granted(counted)).toEqual({ 'eu-de-1': 75, 'us-east-1': 25 });
    const unknown = await count(sku, { onHand: 100, split: { 'jp-east-1': 1 } });
    expect(unknown.json()).toMatchObject({ status: 422, field: 'split/jp-east-1' });
  });

  test('that is older than the last one is refused, and so is one from the future', async () => {
    const { sku } = await newSku();
    await count(sku, { onHand: 10 });
    const old = await count(sku, { onHand: 99, asOf: '2026-02-01T00:00:00Z' });
    expect(old.json()).toMatchObject({ status: 409, code: 'stale-count', field: 'asOf' });
    const future = await count(sku, { onHand: 99, asOf: '2026-03-01T13:00:00Z' });
    expect(future.json()).toMatchObject({ status: 422, field: 'asOf' });
    expect((await count(sku, { onHand: 10 })).json()).toMatchObject({ onHand: 10 });
  });

  test('as of an earlier time gets the movements since then on top', async () => {
    const { sku, variantId } = await newSku();
    const move = (kind: string, units: number, key?: string) =>
      plane.app.inject({
        method: 'POST',
        url: `/v1/vendors/${vendor.id}/stock/${sku}/movements`,
        headers: { ...vendor.headers, ...(key !== undefined && { 'idempotency-key': key }) },
        payload: { kind, units },
      });
    const countedAt = clock.now().toISOString();
    clock.advance(60_000);
    expect((await move('received', 7, 'delivery-1')).json()).toMatchObject({ onHand: 7 });
    expect((await move('received', 7, 'delivery-1')).json()).toMatchObject({ onHand: 7 });
    await move('removed', 2);
    expect((await count(sku, { onHand: 20, asOf: countedAt })).json()).toMatchObject({
      onHand: 25,
    });
    expect((await move('removed', 26)).json()).toMatchObject({ status: 422, field: 'units' });
    expect(await view(variantId)).toMatchObject({ onHand: 25 });
  });

  test('that is smaller is pending until the cells have returned the units', async () => {
    const { sku, variantId } = await newSku();
    await count(sku, { onHand: 10, split: { 'eu-de-1': 1 } });
    await report('eu-de-1', {
      variantId,
      receivedTotal: 10,
      available: 6,
      committed: 4,
      version: 1,
    });
    clock.advance(1_000);
    const smaller = (await count(sku, { onHand: 5 })).json() as StockView;
    expect(smaller).toMatchObject({ onHand: 10, pendingReduction: 5 });
    const { grants } = await grantsOf('eu-de-1');
    expect(grants.at(-1)).toMatchObject({ grantedTotal: 10, recalledTotal: 5 });
    clock.advance(500);
    await report('eu-de-1', {
      variantId,
      receivedTotal: 10,
      returnedTotal: 5,
      available: 1,
      committed: 4,
      version: 2,
    });
    expect(await view(variantId)).toMatchObject({
      onHand: 5,
      pendingReduction: 0,
      cells: [{ cell: 'eu-de-1', granted: 5, available: 1, committed: 4, lagMs: 0 }],
    });
  });

  test('with another split moves free units: recalled here, granted there once they are back', async () => {
    const { sku, variantId } = await newSku();
    await count(sku, { onHand: 10, split: { 'eu-de-1': 1 } });
    await report('eu-de-1', { variantId, receivedTotal: 10, available: 10, version: 1 });
    clock.advance(1_000);
    const resplit = (
      await count(sku, { onHand: 10, split: { 'eu-de-1': 1, 'us-east-1': 1 } })
    ).json();
    expect(granted(resplit as StockView)).toEqual({ 'eu-de-1': 10 });
    await report('eu-de-1', {
      variantId,
      receivedTotal: 10,
      returnedTotal: 5,
      available: 5,
      version: 2,
    });
    expect(granted(await view(variantId))).toEqual({ 'eu-de-1': 5, 'us-east-1': 5 });
  });
});

describe('a report', () => {
  test('that is old or repeated is ignored, an impossible one refused, the rest applied', async () => {
    const { sku, variantId } = await newSku();
    await count(sku, { onHand: 8, split: { 'eu-de-1': 1 } });
    const honest = {
      variantId,
      receivedTotal: 8,
      available: 5,
      reserved: 1,
      committed: 2,
      version: 5,
    };
    expect((await report('eu-de-1', honest)).json()).toEqual({
      applied: 1,
      ignored: 0,
      refused: [],
    });
    expect((await report('eu-de-1', honest)).json()).toMatchObject({ ignored: 1 });
    expect(
      (
        await report('eu-de-1', { ...honest, available: 8, reserved: 0, committed: 0, version: 4 })
      ).json(),
    ).toMatchObject({ ignored: 1 });
    const impossible = await report('eu-de-1', { ...honest, receivedTotal: 9, version: 6 });
    expect(impossible.statusCode).toBe(200);
    expect(impossible.json()).toMatchObject({
      refused: [{ variantId, reason: 'more was received than granted' }],
    });
    const stranger = await report('us-east-1', honest);
    expect(stranger.json()).toMatchObject({ refused: [{ variantId }] });
    expect(await view(variantId)).toMatchObject({
      cells: [{ available: 5, reserved: 1, committed: 2 }],
    });
  });

  test('of one cell is not taken from another, nor from a vendor', async () => {
    const payload = { cell: 'eu-de-1', reports: [] };
    const send = (headers: Record<string, string>) =>
      plane.app.inject({ method: 'POST', url: '/v1/stock/reports', headers, payload });
    expect((await send(plane.asCell('eu-fr-1'))).statusCode).toBe(403);
    expect((await send(vendor.headers)).statusCode).toBe(403);
    expect((await send({})).statusCode).toBe(401);
  });

  test('with figures beyond any is refused without harm', async () => {
    const { sku, variantId } = await newSku();
    await count(sku, { onHand: 1 });
    const answer = await report('eu-de-1', { variantId, version: 1e300, available: 1e300 });
    expect(answer.json()).toMatchObject({ applied: 0, refused: [{ variantId }] });
  });
});

describe('the feed of a cell', () => {
  test('has numbers without a gap, whoever counts at the same time', async () => {
    const skus = await Promise.all(Array.from({ length: 8 }, newSku));
    const { headSeq } = await grantsOf('us-west-1');
    await Promise.all(skus.map(({ sku }) => count(sku, { onHand: 40 })));
    const { grants } = await grantsOf('us-west-1', `after=${headSeq}`);
    expect(grants.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 8 }, (_, i) => headSeq + 1 + i),
    );
  });

  test('wakes the cell that waits', async () => {
    const { sku, variantId } = await newSku();
    const { headSeq } = await grantsOf('us-west-1');
    const waiting = grantsOf('us-west-1', `after=${headSeq}&waitMs=20000`);
    await count(sku, { onHand: 40 });
    expect((await waiting).grants).toMatchObject([{ variantId, grantedTotal: 10 }]);
  });

  test('I3: balances for a variant that is counted by many at once', async () => {
    const { sku, variantId } = await newSku();
    await Promise.all(Array.from({ length: 10 }, (_, index) => count(sku, { onHand: 10 + index })));
    const stock = await view(variantId);
    const sum = stock.cells.reduce((units, cell) => units + cell.granted, stock.unallotted);
    expect(sum).toBe(stock.onHand);
  });
});

test.each([
  ['onHand', { onHand: -1 }, 'onHand'],
  ['asOf', { onHand: 1, asOf: 'yesterday' }, 'asOf'],
  ['a field', { onHand: 1, price: 3 }, 'price'],
])('a count with a wrong %s is refused, naming the field', async (_what, body, field) => {
  const { sku } = await newSku();
  expect((await count(sku, body)).json()).toMatchObject({ status: 400, field });
});
