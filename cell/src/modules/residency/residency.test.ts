import type { ResidencyEvidence } from '@commerce/contracts/residency';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../../testing/sandbox-process.ts';
import { listStorePlaces } from './stores.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway });
  const variantId = cell.products[0].variants[0]?.id ?? '';
  await cell.stock(variantId, 10);
  const cartId = await cell.readyCart([{ variantId, quantity: 1 }]);
  const bought = await cell.send('POST', `/v1/carts/${cartId}/checkout`, {
    body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
    key: 'residency-test',
  });
  expect(bought.status).toBe(201);
});
afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

const ask = (caller: string) =>
  cell.send('GET', '/internal/v1/residency', {
    headers: {
      authorization: signServiceCall(new Uint8Array(32).fill(3), {
        caller,
        audience: 'eu-de-1',
        clock: cell.clock,
      }),
    },
  });

async function takeEvidence(): Promise<ResidencyEvidence> {
  const answer = await ask('cellctl');
  expect(answer.status).toBe(200);
  return answer.body as ResidencyEvidence;
}

describe('the evidence of a cell', () => {
  test('counts what its stores hold, and tells nothing of anybody (I5)', async () => {
    const evidence = await takeEvidence();
    const rowsOf = (name: string) => evidence.tables.find((table) => table.name === name)?.rows;
    expect(rowsOf('orders')).toBe(1);
    expect(rowsOf('payments')).toBe(1);
    expect(evidence.subjects).toEqual([
      { country: 'DE', role: 'primary', kind: 'guest', subjects: 1 },
    ]);
    expect(evidence.paymentAttempts).toEqual([{ gateway: 'sandbox', attempts: 1 }]);
    const database = evidence.stores.find(({ name }) => name === 'database');
    expect(database).toMatchObject({
      country: 'DE',
      classes: ['credential', 'payment', 'personal'],
    });
    expect(database?.bytes).toBeGreaterThan(1_000_000);
    const text = JSON.stringify(evidence);
    for (const secret of ['ada@example.com', 'Lovelace', 'Friedrichstr', '10117', 'tok_visa']) {
      expect(text).not.toContain(secret);
    }
  });

  test('names a class for every column of every table that the database has', async () => {
    const evidence = await takeEvidence();
    expect(evidence.columns.length).toBeGreaterThan(100);
    expect(evidence.columns.filter((column) => column.class === null || !column.exists)).toEqual(
      [],
    );
    const customers = evidence.tables.filter(({ kind }) => kind === 'customer');
    expect(customers.filter(({ category }) => category === null)).toEqual([]);
  });

  test('is the same again while nothing has changed', async () => {
    expect(await takeEvidence()).toEqual(await takeEvidence());
  });

  test('is for operators and the control plane alone', async () => {
    expect((await ask('eu-fr-1')).status).toBe(403);
    expect((await cell.send('GET', '/internal/v1/residency')).status).toBe(401);
  });

  test('says that the directory did not answer instead of leaving copies out (I8)', async () => {
    expect((await takeEvidence()).copiesWanted).toBeNull();
  });
});

describe('what nobody declared', () => {
  test('is found: a column, a table in another schema, a foreign server', async () => {
    await cell.sql.execute(`
      ALTER TABLE customers ADD COLUMN birthday date;
      CREATE SCHEMA attic;
      CREATE TABLE attic.old_orders (email text);
      INSERT INTO attic.old_orders VALUES ('ada@example.com');
      CREATE FOREIGN DATA WRAPPER away;
      CREATE SERVER replica FOREIGN DATA WRAPPER away OPTIONS (host 'db.example.net');
    `);
    try {
      const evidence = await takeEvidence();
      const unclassified = evidence.columns.filter((column) => column.class === null);
      expect(unclassified.map(({ table, column }) => `${table}.${column}`)).toEqual([
        'attic.old_orders.email',
        'customers.birthday',
      ]);
      expect(evidence.tables).toContainEqual(
        expect.objectContaining({ name: 'attic.old_orders', kind: 'undeclared', rows: 1 }),
      );
      expect(evidence.links).toEqual([
        { kind: 'foreign server', name: 'replica', target: 'db.example.net' },
      ]);
    } finally {
      await cell.sql.execute(`
        DROP FOREIGN DATA WRAPPER away CASCADE;
        DROP SCHEMA attic CASCADE;
        ALTER TABLE customers DROP COLUMN birthday;
      `);
    }
  });

  test('is found: people of another country, rows of a partition that is not here', async () => {
    await cell.sql.execute(`
      INSERT INTO customers (partition, id, email, name, language, created_at, updated_at)
      VALUES ('us-001', 'cus_us001_x', 'grace@example.com', 'Grace', 'en', now(), now());
      UPDATE order_groups SET country = 'US';
    `);
    const evidence = await takeEvidence();
    expect(evidence.subjects).toContainEqual({
      country: 'US',
      role: 'primary',
      kind: 'guest',
      subjects: 1,
    });
    expect(evidence.tables.find(({ name }) => name === 'customers')).toMatchObject({
      rows: 1,
      strayRows: 1,
    });
  });
});

test('a store on another machine is where the operator says, or nobody knows where', () => {
  const at = (databaseUrl: string, statedCountry: string | undefined) =>
    listStorePlaces({ databaseUrl, cellCountry: 'DE', statedCountry }).database;
  expect(at('postgres://u:p@127.0.0.1:5432/cell', 'US').country).toBe('DE');
  expect(at('postgres://u:p@db.example.net/cell', undefined)).toEqual({
    host: 'db.example.net',
    country: null,
  });
  expect(at('postgres://u:p@db.example.net/cell', 'FR').country).toBe('FR');
});
