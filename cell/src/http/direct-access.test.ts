import { type CellId, parsePartition, type Partition } from '@commerce/contracts/ids';
import { HEADERS } from '@commerce/contracts/headers';
import { signRouted } from '@commerce/contracts/routed-auth';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import { createLogger } from '@commerce/service/logger';
import { afterEach, describe, expect, it } from 'vitest';
import { type DirectAccess, refuseDirectAccess } from './direct-access.ts';

const STRANGER = '192.0.2.7';
let app: HttpApp | undefined;

afterEach(() => app?.close());

/** An app whose every request is routed where it carries `x-test-routed`. */
async function appOf(access: DirectAccess): Promise<HttpApp> {
  app = await buildHttpApp({
    title: 'a cell',
    description: 'for a test',
    log: createLogger('cell', 'silent'),
    readiness: {},
    metrics: () => Promise.resolve(''),
    decorateReply: (request) => {
      const isProven = request.headers['x-test-routed'] === 'yes';
      request.routed = isProven
        ? { partition: parsePartition('eu-001') as Partition, epoch: 1 }
        : undefined;
    },
  });
  refuseDirectAccess(app, access);
  for (const path of ['/v1/products', '/v1/me', '/', '/internal/v1/load'])
    app.get(path, () => ({}));
  return app;
}

const PROOF = signRouted(
  { cell: 'eu-fr-1' as CellId, partition: 'eu-001' as Partition, epoch: 1, expiresAtS: 4e9 },
  new Uint8Array(32),
);

describe('a request that no router has sent', () => {
  it.each(['/v1/products', '/v1/me', '/', '/nowhere', '/docs', '/openapi.json'])(
    'is refused at %s from another machine, and from this one where that is not allowed',
    async (url) => {
      const cell = await appOf('loopback');
      const refused = await cell.inject({ url, remoteAddress: STRANGER });
      expect(refused.statusCode).toBe(403);
      expect(refused.json()).toMatchObject({ code: 'not-from-router' });
      expect((await cell.inject({ url })).statusCode).not.toBe(403);
      await cell.close();
      const strict = await appOf('refused');
      expect((await strict.inject({ url })).statusCode).toBe(403);
      const routed = { 'x-test-routed': 'yes' };
      const served = await strict.inject({ url, headers: routed, remoteAddress: STRANGER });
      expect(served.statusCode).not.toBe(403);
    },
  );

  it('is refused from anywhere where it claims to be routed and proves nothing', async () => {
    const cell = await appOf('loopback');
    const headers = { [HEADERS.routedAuth]: PROOF };
    expect((await cell.inject({ url: '/v1/products', headers })).statusCode).toBe(403);
  });

  it('is served where it has a proof of another kind, or asks only whether the cell is well', async () => {
    const cell = await appOf('refused');
    for (const url of ['/health/live', '/health/ready', '/metrics', '/internal/v1/load']) {
      const answer = await cell.inject({ url, remoteAddress: STRANGER });
      expect(answer.statusCode, url).toBe(200);
    }
  });
});
