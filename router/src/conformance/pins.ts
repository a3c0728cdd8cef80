import { randomBytes } from 'node:crypto';
import { type Partition } from '@commerce/contracts/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPinCookies, pinValueIn } from '../pin-cookie.ts';
import { echo, pinSetBy, type TestFleet } from '../testing-fleet.ts';
import { pinOf, type PlaneUnderTest, receivedBy, reset } from './planes.ts';

export function testPins(plane: PlaneUnderTest): void {
  describe('pins', () => {
    let fleet: TestFleet;
    beforeAll(async () => {
      fleet = await plane.start();
    });
    afterAll(() => fleet.stop());
    beforeEach(() => reset(fleet));
    const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(fleet.url + path, { headers });

    it('put a new shopper into the nearest cell and keep them there when travelling', async () => {
      const first = await get('/v1/products', { 'x-client-country': 'FR' });
      const cookie = `cell_pin=${pinSetBy(first)}`;
      const second = await get('/v1/products', { cookie, 'x-client-country': 'JP' });
      expect(second.status).toBe(200);
      expect(pinSetBy(second)).toBeUndefined();
      const [one, two] = fleet.cell('eu-fr-1').received;
      expect(two?.partition).toBe(one?.partition);
      expect(receivedBy(fleet)).toHaveLength(2);
    });

    it('of one data plane are good for the other', async () => {
      const other = await fleet.startRouter({
        dataPlane: plane.name === 'node' ? 'haproxy' : 'node',
      });
      const first = await fetch(`http://127.0.0.1:${other.port}/v1/products`, {
        headers: { 'x-client-country': 'DE' },
      });
      await get('/v1/products', { cookie: `cell_pin=${pinSetBy(first)}` });
      const [one, two] = fleet.cell('eu-de-1').received;
      expect(two?.partition).toBe(one?.partition);
      await other.stop();
    });

    it('survive a restart of the router', async () => {
      const cookie = pinOf('eu-001');
      const again = await fleet.startRouter();
      await fetch(`http://127.0.0.1:${again.port}/v1/products`, { headers: { cookie } });
      expect(fleet.cell('eu-fr-1').received[0]?.partition).toBe('eu-001');
      await again.stop();
    });

    const foreign = createPinCookies(randomBytes(32)).setHeader(
      { partition: 'eu-000' as Partition, country: undefined },
      { secure: false, nowMs: 0 },
    );
    it.each([
      ['foreign', String(pinValueIn(foreign))],
      ['unsigned', 'eyJhbGciOiJub25lIn0.eyJwYXJ0IjoiZXUtMDAwIn0.'],
      ['garbled', '%%%'],
      ['empty', ''],
      ['ours but longer', `${pinOf('eu-000').slice(9)}x`],
      ['sent twice', `${pinOf('eu-000').slice(9)}; cell_pin=x`],
    ])('that are %s are refused or not believed', async (what, value) => {
      const answer = await fetch(`${fleet.url}/v1/carts`, {
        method: 'POST',
        body: '{}',
        headers: { cookie: `theme=dark; cell_pin=${value}` },
      });
      if (what === 'sent twice') {
        // The first one counts, on both planes.
        expect(receivedBy(fleet)).toMatchObject([{ cell: 'eu-de-1', partition: 'eu-000' }]);
        return;
      }
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'invalid-cookie', field: 'cell_pin' });
      expect(answer.headers.getSetCookie()[0]).toMatch(/^cell_pin=; .*Max-Age=0$/);
      expect(receivedBy(fleet)).toHaveLength(0);
    });

    it('of a realm that is gone give way to new ones', async () => {
      const answer = await get('/v1/products', {
        cookie: pinOf('gone-000'),
        'x-client-country': 'DE',
      });
      expect(answer.status).toBe(200);
      expect(pinSetBy(answer)).toBeDefined();
    });

    it.each([
      [`theme=dark; ${pinOf('eu-000')}`, 'theme=dark'],
      [`${pinOf('eu-000')}; theme=dark`, 'theme=dark'],
      [`a=1; ${pinOf('eu-000')}; my_cell_pin=2`, 'a=1; my_cell_pin=2'],
      [pinOf('eu-000'), undefined],
    ])('are the business of routers alone', async (cookie, left) => {
      await get('/v1/products', { cookie });
      expect(fleet.cell('eu-de-1').received[0]?.headers.cookie).toBe(left);
    });

    it('carry the country that the shopper chose', async () => {
      await get('/v1/products', { cookie: pinOf('eu-000', 'FR'), 'x-client-country': 'DE' });
      await get('/v1/products', { cookie: pinOf('eu-000', 'XX'), 'x-client-country': 'de' });
      await get('/v1/products', { cookie: pinOf('eu-000') });
      expect(
        fleet.cell('eu-de-1').received.map(({ headers }) => headers['x-client-country']),
      ).toEqual(['FR', 'DE', undefined]);
    });

    it('follow a customer to their own partition after signing in', async () => {
      fleet.cell('eu-de-1').behave = (received, response) => {
        response.setHeader('x-routed-partition', 'us-003');
        echo(received, response, response.req);
      };
      const answer = await fetch(`${fleet.url}/v1/sessions`, {
        method: 'POST',
        body: '{}',
        headers: { cookie: pinOf('eu-000', 'DE') },
      });
      expect(answer.headers.get('x-routed-partition')).toBeNull();
      const whoami = await get('/router/whoami', { cookie: `cell_pin=${pinSetBy(answer)}` });
      expect(await whoami.json()).toMatchObject({ partition: 'us-003', country: 'DE' });
    });
  });
}
