import { createHash, randomUUID } from 'node:crypto';
import { introspectionFromSchema, validateSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../testing/sandbox-process.ts';
import { makeSchema, type OpenApiDocument } from './operations.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway });
  await cell.stock(variantId(), 100);
});
afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

const variantId = (): string => cell.products[0].variants[0]?.id as string;
const handle = (): string => cell.products[0].handle;

interface Result {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly string[];
    readonly extensions?: Record<string, unknown>;
  }[];
}

async function ask(query: string, variables: object = {}, headers: Record<string, string> = {}) {
  const { body } = await cell.send('POST', '/graphql', { body: { query, variables }, headers });
  return body as Result;
}

const CART = `id state country currency lines { id variantId quantity unitPriceMinor }`;

describe('GraphQL', () => {
  it('gives what the API gives, of several routes in one round trip', async () => {
    const query = `query Page($handle: String!) {
      product(handle: $handle, language: "de") {
        id handle title variants { id sku available price { amountMinor currency } }
      }
      products(limit: 2) { items { id title } nextCursor language market currency tax { display ratePpm } }
      categories(language: "de") { items { handle parent name } }
      markets { default items { id currencies } }
    }`;
    const { data, errors } = await ask(query, { handle: handle() });
    expect(errors).toBeUndefined();
    const [product, products, categories, markets] = await Promise.all([
      cell.send('GET', `/v1/products/${handle()}?language=de`),
      cell.send('GET', '/v1/products?limit=2'),
      cell.send('GET', '/v1/categories?language=de'),
      cell.send('GET', '/v1/markets'),
    ]);
    const given = data as Record<string, object>;
    // What was asked for is a part of what the route answers, to the last value.
    expect(product.body).toMatchObject(given['product'] as object);
    expect(products.body).toMatchObject(given['products'] as object);
    expect(categories.body).toEqual({ ...categories.body, ...given['categories'] });
    expect(markets.body).toMatchObject(given['markets'] as object);
    expect(given['product']).toMatchObject({ id: cell.products[0].id });
  });

  it('changes what the API changes, once for each key', async () => {
    const key = randomUUID();
    const mutation = `mutation ($key: String) {
      postCarts(input: { country: "DE" }, idempotencyKey: $key) { ${CART} }
    }`;
    const made = await ask(mutation, { key });
    expect(made.errors).toBeUndefined();
    const again = await ask(mutation, { key });
    const cart = made.data?.['postCarts'] as { id: string };
    expect(again.data?.['postCarts']).toEqual(cart);
    const added = await ask(
      `mutation ($id: String!, $line: PostCartsByIdLinesInput!) {
        postCartsByIdLines(id: $id, input: $line) { ${CART} }
      }`,
      { id: cart.id, line: { variantId: variantId(), quantity: 2 } },
    );
    expect(added.errors).toBeUndefined();
    const { body } = await cell.send('GET', `/v1/carts/${cart.id}`);
    expect(body).toMatchObject(added.data?.['postCartsByIdLines'] as object);
    expect(body.lines[0].quantity).toBe(2);
  });

  it('refuses with the code, field and status of the problem, and gives the rest', async () => {
    const { data, errors } = await ask(
      `{ product(handle: "nowhere") { id } cartsById(id: "cart_x") { id } markets { default } }`,
    );
    expect(data).toMatchObject({ product: null, cartsById: null, markets: { default: 'eu' } });
    const told = errors?.map(({ path, extensions }) => [path?.[0], extensions]);
    expect(Object.fromEntries(told ?? [])).toMatchObject({
      product: { code: 'not-found', status: 404, field: 'handle' },
      cartsById: { code: 'invalid-id', status: 400 },
    });
  });

  it('knows who calls, by the same token', async () => {
    const { errors } = await ask('{ me { email } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'unauthenticated', status: 401 });
    const garbage = await ask('{ me { email } }', {}, { authorization: 'Bearer x.y.z' });
    expect(garbage.errors?.[0]?.extensions).toMatchObject({ code: 'invalid-token' });
  });
});

describe('the schema', () => {
  it('is valid, and has each route of the shop and none of the others', () => {
    const document = cell.app.swagger() as OpenApiDocument;
    const schema = makeSchema(document);
    expect(validateSchema(schema)).toEqual([]);
    const queries = Object.keys(schema.getQueryType()?.getFields() ?? {});
    const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
    expect(queries).toEqual(
      expect.arrayContaining(['product', 'products', 'categories', 'markets', 'me']),
    );
    expect(mutations).toEqual(
      expect.arrayContaining(['postCarts', 'postCartsByIdLines', 'postSessions']),
    );
    const text = JSON.stringify(introspectionFromSchema(schema));
    expect(text).not.toMatch(/internal|webhook|partitionsFence/i);
  });

  it('can be asked for', async () => {
    const { data } = await ask('{ __schema { queryType { name } mutationType { name } } }');
    expect(data).toEqual({
      __schema: { queryType: { name: 'Query' }, mutationType: { name: 'Mutation' } },
    });
  });
});

describe('limits', () => {
  const codes = async (query: string): Promise<string> =>
    JSON.stringify((await ask(query)).errors ?? 'no errors');

  it('bound how much one operation asks for', async () => {
    const calls = (count: number): string =>
      `{ ${Array.from({ length: count }, (_, index) => `m${index}: markets { default }`).join(' ')} }`;
    expect(await codes(calls(20))).toBe('"no errors"');
    expect(await codes(calls(30))).toContain('exceeds');
  });

  it('bound how deep it goes, through fragments too', async () => {
    const deep = `fragment T on __Type { name } { product(handle: "x") { variants { price ${'{ x '.repeat(8)}y ${'} '.repeat(8)} } } }`;
    expect(await codes(deep)).toContain('TOO_DEEP');
  });

  it('bound how long the document is', async () => {
    const { body } = await cell.send('POST', '/graphql', {
      body: { query: `{ ${'a '.repeat(3_000)} }` },
    });
    expect(JSON.stringify(body)).toContain('token');
    const large = await cell.send('POST', '/graphql', { body: { query: 'x'.repeat(70_000) } });
    expect(large.status).toBeGreaterThanOrEqual(400);
  });

  it('let nothing be changed by GET', async () => {
    const query = encodeURIComponent('mutation { postCarts(input: {}) { id } }');
    const { status } = await cell.send('GET', `/graphql?query=${query}`);
    expect(status).toBe(405);
  });
});

describe('a persisted query', () => {
  const query = '{ markets { default } }';
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  const send = async (body: object): Promise<Result> =>
    (await cell.send('POST', '/graphql', { body })).body as Result;

  it('is told once in full, and by its hash from then on', async () => {
    const unknown = await send({ extensions });
    expect(unknown.errors?.[0]?.extensions).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
    expect((await send({ query, extensions })).data).toEqual({ markets: { default: 'eu' } });
    expect((await send({ extensions })).data).toEqual({ markets: { default: 'eu' } });
    const text = encodeURIComponent(JSON.stringify(extensions));
    const byGet = await cell.send('GET', `/graphql?extensions=${text}`);
    expect(byGet.body).toEqual({ data: { markets: { default: 'eu' } } });
  });

  it('is not another one under its hash', async () => {
    const other = await send({ query: '{ markets { items { id } } }', extensions });
    expect(other.errors?.[0]?.extensions).toMatchObject({ code: 'PERSISTED_QUERY_HASH_MISMATCH' });
    const wrong = await send({ extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } });
    expect(wrong.errors?.[0]?.extensions).toMatchObject({ code: 'PERSISTED_QUERY_NOT_SUPPORTED' });
  });
});
