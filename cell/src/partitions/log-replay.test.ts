import { type Partition, partitionOfId } from '@commerce/contracts/ids';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cellTables, partitionTables } from '../database.ts';
import {
  type CommerceCell,
  createCellDatabase,
  startCommerceCell,
} from '../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../testing/sandbox-process.ts';
import { type ChangeRecord, readRecords } from './change-log.ts';
import { createApplier } from './copies/apply.ts';

/**
 * Proof that nothing writes customer-owned data around the unit of work: the log alone, replayed into
 * an empty database, gives every row of every partition table.
 */

let gateway: SandboxProcess;
let cell: CommerceCell;
let copy: Sql;
const drops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway });
  const database = await createCellDatabase();
  drops.push(database.drop);
  copy = openPostgres({ connectionString: database.url, applicationName: 'copy' });
  await copy.execute(
    `INSERT INTO partitions (partition, role, epoch, version, chain)
     SELECT 'eu-' || lpad(to_hex(n), 3, '0'), 'standby', 1, 0, repeat('0', 64)
     FROM generate_series(0, 1023) AS n`,
  );
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
  await copy.close();
  for (const drop of drops) await drop();
});

const written = statement<{ partition: Partition }>(
  'test.written',
  'SELECT partition FROM partitions WHERE version > 0 ORDER BY partition',
);
const positions = statement(
  'test.positions',
  'SELECT partition, epoch, version, chain FROM partitions WHERE version > 0 ORDER BY partition',
);

/** All rows of a table as the database's own text, in the order of its key. */
async function rowsOf(sql: Sql, table: (typeof partitionTables)[number]): Promise<string[]> {
  const text = `SELECT row_to_json(t)::text AS row FROM ${table.name} AS t ORDER BY ${table.key.join(', ')}`;
  return (await sql.query(statement<{ row: string }>(`test.rows.${table.name}`, text))).map(
    (entry) => entry.row,
  );
}

/** Tables of accounts, which the shoppers here do without. */
const UNTOUCHED = new Set(['customers', 'credentials', 'sessions']);

/** Shoppers who do everything that there is to do. */
async function shop(): Promise<void> {
  const [variant, other] = cell.products[0].variants;
  const third = cell.products[1].variants[0];
  for (const entry of [variant, other, third]) await cell.stock(entry?.id ?? '', 100);
  const outcomes = ['tok_visa', 'tok_declined', 'tok_3ds', 'tok_insufficient_funds', 'tok_visa'];
  for (const [index, token] of outcomes.entries()) {
    const cartId = await cell.readyCart([
      { variantId: variant?.id ?? '', quantity: 1 },
      { variantId: third?.id ?? '', quantity: 2 },
    ]);
    const path = `/v1/carts/${cartId}`;
    const added = await cell.send('POST', `${path}/lines`, {
      body: { variantId: other?.id, quantity: 1 },
      key: `line-${index}`,
    });
    const line = added.body.lines.at(-1).id as string;
    await cell.send('PATCH', `${path}/lines/${line}`, { body: { quantity: 5 } });
    await cell.send('DELETE', `${path}/lines/${line}`);
    await cell.send('PUT', `${path}/billing-address`, {
      body: {
        name: 'Zoë "Z" Ørsted\n',
        line1: '1 rue',
        postalCode: '75001',
        city: 'Paris',
        country: 'FR',
      },
    });
    const { body } = await cell.send('POST', `${path}/checkout`, {
      body: { payment: { gateway: 'sandbox', token } },
      key: `pay-${index}`,
    });
    if (body.orders !== undefined) await fulfil(cartId, body);
  }
}

/** A vendor sends a part of an order and looks where it goes; the shopper cancels the rest. */
async function fulfil(
  cartId: string,
  group: {
    id: string;
    orders: { id: string; vendor: { id: string }; lines: { id: string }[] }[];
  },
): Promise<void> {
  const authorization = signServiceCall(new Uint8Array(32).fill(3), {
    caller: 'control-plane',
    audience: 'eu-de-1',
    clock: cell.clock,
  });
  const [order] = group.orders;
  const vendorId = order?.vendor.id;
  const path = `/internal/v1/orders/${order?.id}`;
  const shipped = await cell.send('POST', `${path}/shipments`, {
    headers: { authorization },
    body: { vendorId, lines: [{ lineId: order?.lines[0]?.id, quantity: 1 }] },
    key: `ship-${group.id}`,
  });
  expect(shipped.status).toBe(201);
  await cell.send('POST', `${path}/ship-to`, {
    headers: { authorization },
    body: { vendorId, userId: 'usr_1' },
  });
  const base = `/v1/order-groups/${group.id}`;
  const link = await cell.send('POST', `${base}/tracking-token`, { body: { cartId } });
  const body = { kind: 'cancel', token: link.body.token };
  const preview = await cell.send('POST', `${base}/changes/preview`, { body });
  const canceled = await cell.send('POST', `${base}/changes`, {
    body: { ...body, reason: 'other', expectedMinor: preview.body.refundMinor },
    key: `cancel-${group.id}`,
  });
  expect(canceled.status).toBe(201);
}

describe('the log of a partition', () => {
  test('replayed into an empty database gives every row of every partition table', async () => {
    await shop();
    const applier = createApplier(copy, partitionTables);
    const partitions = await cell.sql.query(written);
    expect(partitions.length).toBeGreaterThan(3);
    const logs = await Promise.all(
      partitions.map(({ partition }) => readRecords(cell.sql, partition, 0n, 10_000)),
    );
    // In batches of many partitions and of parts of their logs.
    const records = logs.flat().toSorted((a, b) => Number(a.version - b.version));
    for (let from = 0; from < records.length; from += 17) {
      const outcome = await applier.apply(records.slice(from, from + 17));
      expect(outcome.stopped).toEqual([]);
    }

    let rows = 0;
    for (const table of partitionTables) {
      const original = await rowsOf(cell.sql, table);
      expect(await rowsOf(copy, table), table.name).toEqual(original);
      if (!UNTOUCHED.has(table.name)) expect(original.length, table.name).toBeGreaterThan(0);
      rows += original.length;
    }
    expect(rows).toBeGreaterThan(60);
    expect(await copy.query(positions)).toEqual(await cell.sql.query(positions));
  });

  test('is passed over by a copy that has it, and refused where one is missing or it has another history', async () => {
    const cartId = await cell.readyCart([]);
    const partition = partitionOfId(cartId) as Partition;
    const applier = createApplier(copy, partitionTables);
    const version = (await copy.query(versionOf, [partition]))[0]?.version ?? 0n;
    const records = await readRecords(cell.sql, partition, version, 10);
    const [next, afterNext] = records;
    if (next === undefined || afterNext === undefined) throw new Error('two records are needed');

    const stops = async (...given: ChangeRecord[]) => (await applier.apply(given)).stopped;
    expect(await stops(afterNext)).toMatchObject([{ partition, reason: 'gap' }]);
    const forged = { ...next, changes: next.changes.replace('"EUR"', '"USD"') };
    expect(await stops(forged, afterNext)).toMatchObject([{ partition, reason: 'diverged' }]);
    expect((await copy.query(versionOf, [partition]))[0]?.version ?? 0n).toBe(version);
    expect(await applier.apply([next, next])).toMatchObject({
      reached: [{ partition, version: next.version }],
      stopped: [],
    });
    expect(await applier.apply([next])).toMatchObject({ reached: [], stopped: [] });
    expect((await copy.query(versionOf, [partition]))[0]?.version).toBe(next.version);
  });
});

const versionOf = statement<{ version: bigint }>(
  'test.version-of',
  'SELECT version FROM partitions WHERE partition = $1',
);

describe('the tables of a cell', () => {
  const columns = statement<{ table_name: string; column_name: string }>(
    'test.columns',
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public'`,
  );
  const keys = statement<{ table_name: string; column_name: string }>(
    'test.keys',
    `SELECT c.relname AS table_name, a.attname AS column_name
     FROM pg_index i
     JOIN pg_class c ON c.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
     WHERE i.indisunique`,
  );

  test('have a data class for every column, and no class for a column that is not there', async () => {
    const live = (await cell.sql.query(columns)).map(
      (row) => `${row.table_name}.${row.column_name}`,
    );
    const declared = [...partitionTables, ...cellTables].flatMap((table) =>
      Object.keys(table.columns).map((column) => `${table.name}.${column}`),
    );
    expect(live.length).toBeGreaterThan(100);
    expect(declared.toSorted()).toEqual(live.toSorted());
  });

  test('of customers have the partition first in every unique key', async () => {
    const unique = await cell.sql.query(keys);
    for (const table of partitionTables) {
      const first = unique.filter((row) => row.table_name === table.name);
      expect(first.length, table.name).toBeGreaterThan(0);
      expect(new Set(first.map((row) => row.column_name)), table.name).toEqual(
        new Set(['partition']),
      );
    }
  });
});
