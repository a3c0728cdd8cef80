import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { AppError } from '@commerce/contracts/problems';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../logger.ts';
import { BODY_BYTES_MAX, buildHttpApp, type HttpApp } from './app.ts';

const logged: LogFields[] = [];
const ignore = (): void => undefined;
const log: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: (fields) => logged.push(fields),
  child: () => log,
};

const readiness: { database: () => boolean | Promise<boolean>; placement: () => boolean } = {
  database: () => true,
  placement: () => true,
};
let app: HttpApp;
beforeAll(async () => {
  app = await buildHttpApp({
    title: 'Things',
    description: 'Of all kinds.',
    log,
    readiness: { database: () => readiness.database(), placement: () => readiness.placement() },
    metrics: () => 'things_total 3\n',
    decorateReply: (_request, reply) => {
      reply.header('x-cell', 'eu-de-1');
    },
  });
  const body = Type.Object(
    {
      name: Type.String({ maxLength: 10 }),
      size: Type.Object({ width: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
      tags: Type.Optional(Type.Array(Type.String())),
    },
    { additionalProperties: false },
  );
  const querystring = Type.Object(
    { limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }) },
    { additionalProperties: false },
  );
  app.post('/things', { schema: { body } }, (request) => request.body);
  app.get('/things', { schema: { querystring } }, (request) => request.query);
  app.get('/things/:id', (request) => request.params);
  app.get('/refused', () => {
    const problems = [{ code: 'out-of-stock', detail: 'One is left.', field: 'lines/0' }];
    throw new AppError('rate-limited', { detail: 'Slower.', retryAfterS: 3, problems });
  });
  app.get('/broken', () => {
    throw new Error('the password is hunter2');
  });
  app.get('/away', () => {
    throw new AppError('unavailable', { retryAfterS: 1 });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/things',
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
const THING = { name: 'lamp', size: { width: 3 } };

describe('a body', () => {
  it('is taken as it is', async () => {
    expect((await post(THING)).json()).toEqual(THING);
  });

  it.each([
    ['an unknown field', { ...THING, colour: 'red' }, 'colour'],
    ['an unknown field inside', { ...THING, size: { width: 1, depth: 1 } }, 'size/depth'],
    ['a missing field', { name: 'lamp' }, 'size'],
    ['a missing field inside', { ...THING, size: {} }, 'size/width'],
    ['a number as text', { ...THING, size: { width: '3' } }, 'size/width'],
    ['a value out of range', { ...THING, size: { width: 0 } }, 'size/width'],
    ['a text that is too long', { ...THING, name: 'x'.repeat(11) }, 'name'],
    ['one value for a list', { ...THING, tags: 'a' }, 'tags'],
    ['a wrong entry of a list', { ...THING, tags: ['a', 1] }, 'tags/1'],
    ['no object', '[]', 'body'],
    ['nothing to speak of', 'null', 'body'],
  ])('with %s is refused by the name of the field', async (_what, payload, field) => {
    const answer = await post(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid-request', field });
    expect(answer.body).not.toMatch(/\bat .*\.ts/);
  });

  it.each([
    ['is no JSON', '{"name":', 'application/json', 400, 'malformed-json'],
    [
      'would change the prototype',
      '{"__proto__":{"a":1}}',
      'application/json',
      400,
      'malformed-json',
    ],
    ['is empty', '', 'application/json', 400, 'malformed-json'],
    ['is no JSON by its type', 'name: lamp', 'text/yaml', 415, 'unsupported-media-type'],
    [
      'is too large',
      `"${'x'.repeat(BODY_BYTES_MAX)}"`,
      'application/json',
      413,
      'payload-too-large',
    ],
  ])('that %s is refused', async (_what, payload, type, status, code) => {
    const answer = await post(payload, { 'content-type': type });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code, status });
  });
});

describe('a query', () => {
  it('has numbers in text, and its defaults', async () => {
    expect((await app.inject('/things?limit=5')).json()).toEqual({ limit: 5 });
    expect((await app.inject('/things')).json()).toEqual({ limit: 20 });
  });

  it.each(['limit=51', 'limit=x', 'limit=', 'limit=1&limit=2', 'colour=red'])(
    'is refused as %s',
    async (query) => {
      const answer = await app.inject(`/things?${query}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'invalid-request', field: query.split('=')[0] });
    },
  );
});

describe('an error', () => {
  it('is a problem document, with its code, details and time to wait', async () => {
    const answer = await app.inject('/refused');
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers).toMatchObject({ 'retry-after': '3', 'x-cell': 'eu-de-1' });
    expect(answer.json()).toEqual({
      type: '/docs/errors#rate-limited',
      title: 'Too many requests',
      status: 429,
      code: 'rate-limited',
      detail: 'Slower.',
      problems: [{ code: 'out-of-stock', detail: 'One is left.', field: 'lines/0' }],
      requestId: answer.headers['x-request-id'],
    });
  });

  it('that nobody foresaw is logged with the request, and says nothing of itself', async () => {
    logged.length = 0;
    const answer = await app.inject({ url: '/broken', headers: { 'x-request-id': 'request-77' } });
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'internal-error', requestId: 'request-77' });
    expect(answer.body).not.toContain('hunter2');
    expect(logged).toEqual([
      expect.objectContaining({ requestId: 'request-77', method: 'GET', route: '/broken' }),
    ]);
  });

  it('that was foreseen is not logged', async () => {
    logged.length = 0;
    expect((await app.inject('/away')).statusCode).toBe(503);
    expect((await app.inject('/refused')).statusCode).toBe(429);
    expect(logged).toEqual([]);
  });

  it.each([
    ['without a route', '/nowhere', 404, 'not-found'],
    ['that is too long', `/things/${'x'.repeat(300)}`, 414, 'uri-too-long'],
    ['that is not well formed', '/things/%ff', 400, 'invalid-request'],
  ])('of an address %s is a problem too', async (_what, url, status, code) => {
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers).toMatchObject({
      'x-cell': 'eu-de-1',
      'x-request-id': expect.any(String),
    });
  });

  it.each([
    ['that is no HTTP', 'GET nonsense HTTP/9\r\n\r\n', 400],
    [
      'with headers that are too large',
      `GET / HTTP/1.1\r\nhost: a\r\nx-long: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
    ],
  ])('of a request %s is a problem as well', async (_what, text, status) => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    let received = '';
    socket.on('data', (bytes) => {
      received += String(bytes);
    });
    socket.on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status });
  });
});

describe('every answer', () => {
  it('has the request id that was given, or one of its own where that is none', async () => {
    const idFor = async (given: string) =>
      (await app.inject({ url: '/health/live', headers: { 'x-request-id': given } })).headers[
        'x-request-id'
      ];
    expect(await idFor('a1b2-c3d4:x.y')).toBe('a1b2-c3d4:x.y');
    for (const wrong of ['short', 'x'.repeat(129), 'two words!', '']) {
      expect(await idFor(wrong)).toMatch(/^[\da-f-]{36}$/);
    }
  });
});

describe('health and documentation', () => {
  it('is ready while every check is fulfilled, and names the one that is not', async () => {
    const ready = await app.inject('/health/ready');
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toEqual({
      status: 'ready',
      checks: { database: true, placement: true },
    });
    readiness.database = () => Promise.reject(new Error('away'));
    const waiting = await app.inject('/health/ready');
    expect(waiting.statusCode).toBe(503);
    expect(waiting.json()).toMatchObject({ checks: { database: false, placement: true } });
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    readiness.database = () => true;
  });

  it('serves metrics, and an OpenAPI document of the routes that are for others', async () => {
    const metrics = await app.inject('/metrics');
    expect(metrics.headers['content-type']).toContain('text/plain; version=0.0.4');
    expect(metrics.body).toBe('things_total 3\n');
    const document = (await app.inject('/openapi.json')).json() as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    expect(document.openapi).toMatch(/^3\.1/);
    expect(Object.keys(document.paths)).toContain('/things');
    expect(Object.keys(document.paths)).not.toContain('/metrics');
    expect((await app.inject('/docs')).statusCode).toBeLessThan(400);
  });
});
