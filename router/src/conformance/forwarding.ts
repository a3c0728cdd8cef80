import { request as httpRequest, type IncomingMessage } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestFleet } from '../testing-fleet.ts';
import { createTrustedPeers } from '../trusted-peers.ts';
import { pinOf, type PlaneUnderTest, reset } from './planes.ts';

export function testForwarding(plane: PlaneUnderTest): void {
  describe('forwarding', () => {
    let fleet: TestFleet;
    beforeAll(async () => {
      fleet = await plane.start();
    });
    afterAll(() => fleet.stop());
    beforeEach(() => reset(fleet));
    const cookie = pinOf('eu-000');

    it('keeps method, address, body and end-to-end headers, and says where it comes from', async () => {
      const answer = await fetch(`${fleet.url}/v1/carts/x/lines?a=1&b=%20`, {
        method: 'PATCH',
        body: '{"quantity":2}',
        headers: {
          cookie,
          'content-type': 'application/json',
          'idempotency-key': 'key-1',
          'x-request-id': 'request-0001',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          'x-client-country': 'FR',
          'x-forwarded-for': '203.0.113.7',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'shop.example',
        },
      });
      const [received] = fleet.cell('eu-de-1').received;
      expect(received).toMatchObject({
        method: 'PATCH',
        url: '/v1/carts/x/lines?a=1&b=%20',
        partition: 'eu-000',
        epoch: 1,
        isProven: true,
        headers: {
          'content-type': 'application/json',
          'content-length': '14',
          'idempotency-key': 'key-1',
          'x-request-id': 'request-0001',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          'x-client-country': 'FR',
          'x-forwarded-for': '203.0.113.7, 127.0.0.1',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'shop.example',
        },
      });
      expect(received?.body.toString()).toBe('{"quantity":2}');
      expect(answer.headers.get('x-request-id')).toBe('request-0001');
    });

    it('begins a trace and gives a request id where there is none that is well formed', async () => {
      const headers = { cookie, 'x-request-id': 'a b', traceparent: '00-xyz-1-01' };
      const answer = await fetch(`${fleet.url}/v1/products`, { headers });
      const [received] = fleet.cell('eu-de-1').received;
      expect(received?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(received?.headers['x-request-id']).toMatch(/^[A-Za-z0-9._-]{8,128}$/);
      expect(answer.headers.get('x-request-id')).toBe(received?.headers['x-request-id']);
    });

    it('drops what belongs to the hop, and what only a router may say', async () => {
      fleet.cell('eu-de-1').behave = (_received, response) => {
        response.writeHead(200, { 'x-kept': '2', [HEADERS.routedPartition]: 'eu-000' });
        response.end('ok');
      };
      const answer = await new Promise<IncomingMessage>((resolve) => {
        httpRequest(`${fleet.url}/v1/products`, {
          headers: {
            cookie,
            connection: 'close, x-mine',
            'x-mine': '1',
            'x-other': '2',
            te: 'trailers',
            'proxy-authorization': 'Basic x',
            forwarded: 'for=1.2.3.4',
            via: '1.1 somewhere',
            'x-routed-partition': 'us-000',
            'x-routed-epoch': '99',
            'x-routed-auth': 'v1.1.x',
            'x-routed-hops': '1',
          },
        })
          .on('response', (response) => resolve(response.resume()))
          .end();
      });
      expect(answer.headers).toMatchObject({ 'x-kept': '2' });
      expect(answer.headers).not.toHaveProperty(HEADERS.routedPartition);
      const [received] = fleet.cell('eu-de-1').received;
      expect(received).toMatchObject({ partition: 'eu-000', epoch: 1, isProven: true });
      expect(received?.headers).toMatchObject({ 'x-other': '2' });
      for (const name of [
        'x-mine',
        'te',
        'proxy-authorization',
        'forwarded',
        'via',
        'x-routed-hops',
      ]) {
        expect(received?.headers).not.toHaveProperty(name);
      }
    });

    it('passes statuses, several cookies, revalidation and answers without a body', async () => {
      fleet.cell('eu-de-1').behave = ({ method, headers }, response) => {
        const isFresh = headers['if-none-match'] === '"1"';
        response.writeHead(method === 'DELETE' ? 204 : isFresh ? 304 : 200, {
          'set-cookie': ['a=1', 'b=2'],
          etag: '"1"',
        });
        response.end();
      };
      const url = `${fleet.url}/v1/products`;
      const deleted = await fetch(url, { method: 'DELETE', headers: { cookie } });
      expect(deleted.status).toBe(204);
      expect(deleted.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
      const fresh = await fetch(url, { headers: { cookie, 'if-none-match': '"1"' } });
      expect(fresh.status).toBe(304);
      expect((await fetch(url, { method: 'HEAD', headers: { cookie } })).status).toBe(200);
    });

    it('does not believe a peer that is no trusted proxy', async () => {
      const router = await fleet.startRouter({
        trustedPeers: createTrustedPeers(['10.0.0.0/8']),
        defaultCountry: 'US',
      });
      await fetch(`http://127.0.0.1:${router.port}/v1/products`, {
        headers: {
          cookie,
          'x-client-country': 'DE',
          'x-forwarded-for': '1.2.3.4',
          'x-forwarded-proto': 'https',
        },
      });
      expect(fleet.cell('eu-de-1').received[0]?.headers).toMatchObject({
        'x-client-country': 'US',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      });
      await router.stop();
    });

    it('keeps the highest position of each partition, whatever the order of answers', async () => {
      const versions = [7, 42, 41, 5_000_000_000, 8];
      for (const version of versions) {
        fleet.cell('eu-de-1').behave = (_received, response) => {
          response.writeHead(201, { [HEADERS.partitionPosition]: `3.${version}` });
          response.end();
        };
        await fetch(`${fleet.url}/v1/carts`, { method: 'POST', headers: { cookie }, body: '{}' });
      }
      fleet.cell('eu-de-1').behave = (_received, response) => {
        response.writeHead(201, { [HEADERS.partitionPosition]: '2.9000000000' });
        response.end();
      };
      await fetch(`${fleet.url}/v1/carts`, { method: 'POST', headers: { cookie }, body: '{}' });
      const answer = await fetch(`${fleet.adminUrl}/router/positions`);
      expect(await answer.json()).toMatchObject({ positions: { 'eu-000': '3.5000000000' } });
    });

    it('tells operators of the plane, of each cell, and counts the answers of both ways', async () => {
      await fetch(`${fleet.url}/v1/products`, { headers: { cookie } });
      const status = await (await fetch(`${fleet.adminUrl}/router/status`)).json();
      expect(status).toMatchObject({
        dataPlane: { name: plane.name },
        table: { source: 'directory' },
        cells: [{ id: 'eu-de-1', inFlight: 0 }, {}, {}, {}],
      });
      const metrics = await (await fetch(`${fleet.adminUrl}/metrics`)).text();
      const count = /router_cell_answers_total\{cell="eu-de-1",class="2xx"\} (\d+)/.exec(metrics);
      expect(Number(count?.[1])).toBeGreaterThan(0);
      expect(metrics).toContain(`router_data_plane{plane="${plane.name}"} 1`);
    });
  });
}
