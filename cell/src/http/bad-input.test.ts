import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CommerceCell,
  createCellDatabase,
  startCommerceCell,
} from '../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;
let drop: () => Promise<void>;
let cartPath: string;
beforeAll(async () => {
  gateway = await startSandbox();
  const database = await createCellDatabase();
  drop = database.drop;
  cell = await startCommerceCell({ gateway, databaseUrl: database.url });
  const cart = await cell.send('POST', '/v1/carts', { body: { currency: 'EUR', country: 'DE' } });
  cartPath = `/v1/carts/${cart.body.id}`;
});
afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
  await drop();
});

interface Documented {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, { description: string; content?: object }>>;
}

const ADDRESS = { name: 'Ada', line1: 'Allee 1', postalCode: '10117', city: 'B', country: 'DE' };

describe('text that PostgreSQL can not hold', () => {
  test.each([
    ['a null character', 'Allee\0'],
    ['half of a surrogate pair', 'Allee \ud83d'],
  ])('is refused by its field: %s', async (_name, line2) => {
    const before = (await cell.send('GET', cartPath)).body;
    const refused = await cell.send('PUT', `${cartPath}/shipping-address`, {
      body: { ...ADDRESS, line2 },
    });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'invalid-request', field: 'line2' });
    expect((await cell.send('GET', cartPath)).body).toEqual(before);
  });

  test('is refused in a parameter and in a cursor', async () => {
    const search = await cell.send('GET', '/v1/search?q=lamp%00');
    expect(search.body).toMatchObject({ status: 400, code: 'invalid-request', field: 'q' });
    for (const id of ['prd_\0', '\ud83d']) {
      const cursor = Buffer.from(JSON.stringify([id])).toString('base64url');
      const list = await cell.send('GET', `/v1/products?cursor=${cursor}`);
      expect(list.body).toMatchObject({ status: 400, code: 'invalid-cursor', field: 'cursor' });
    }
  });

  test('is refused in a payment token, before anything is reserved', async () => {
    const refused = await cell.send('POST', `${cartPath}/checkout`, {
      key: 'with-a-null',
      body: { payment: { gateway: 'sandbox', token: 'tok\0visa' } },
    });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'invalid-request', field: 'payment/token' });
  });
});

test('every operation is documented: its name, parameters, examples, answers and problems', () => {
  const { paths } = cell.app.swagger() as unknown as {
    paths: Record<string, Record<string, Documented>>;
  };
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const operation of operations) {
    const id = operation.operationId;
    expect(operation.summary, id).toMatch(/./);
    expect(operation.tags, id).toHaveLength(1);
    for (const { name, description } of operation.parameters ?? []) {
      expect(description ?? '', `${id} ${name}`).toMatch(/./);
    }
    const body = operation.requestBody?.content['application/json'];
    if (body !== undefined && operation.tags[0] !== 'internal') {
      expect(JSON.stringify(body), `${id} has an example`).toContain('"example');
    }
    const statuses = Object.keys(operation.responses);
    expect(
      statuses.some((status) => status.startsWith('2')),
      id,
    ).toBe(true);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      expect(description, `${id} ${status}`).not.toBe('Default Response');
      if (!/^[45]/.test(status)) continue;
      expect(Object.keys(content ?? {}), `${id} ${status}`).toEqual(['application/problem+json']);
    }
  }
});

test('a parameter that no document knows is refused on every route', async () => {
  const document = cell.app.swagger() as unknown as {
    paths: Record<string, Record<string, Documented>>;
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({
      path,
      method: method.toUpperCase() as 'GET',
      // What has to be there would be missed before what must not be.
      wanted: parameters.filter((each) => each.in === 'query' && each.required === true),
    })),
  );
  expect(operations.length).toBeGreaterThan(25);
  for (const { path, method, wanted } of operations) {
    const query = [...wanted.map(({ name }) => `${name}=a`), 'nobody-knows=1'].join('&');
    const url = `${path.replaceAll(/\{\w+\}/g, 'a'.repeat(64))}?${query}`;
    const { status, body } = await cell.send(method, url, method === 'GET' ? {} : { body: {} });
    expect(body, `${method} ${path}`).toMatchObject({ code: 'invalid-request' });
    expect(status).toBe(400);
    // Bodies are looked at first, and this one is wrong for most.
    if (method === 'GET') expect(body.field, path).toBe('nobody-knows');
  }
});

test.each([
  ['text/plain', undefined, 'unsupported-media-type'],
  ['application/x-www-form-urlencoded', undefined, 'unsupported-media-type'],
  ['application/json', 'gzip', 'unsupported-media-type'],
])('a body as %s, encoded %s, is %s', async (type, encoding, code) => {
  const answer = await cell.app.inject({
    method: 'POST',
    url: `${cartPath}/lines`,
    headers: {
      'content-type': type,
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    },
    payload: '{"quantity":1}',
  });
  expect(answer.statusCode).toBe(415);
  expect(answer.json()).toMatchObject({ code });
});
