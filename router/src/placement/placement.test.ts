import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestFleet, type TestFleet } from '../testing-fleet.ts';
import { createTrustedPeers } from '../trusted-peers.ts';
import { bundledDatabasePath, openCountryDatabase } from './country-database.ts';
import { createRouterPool } from './router-pools.ts';

const countries = openCountryDatabase(bundledDatabasePath());
const GERMAN = '193.99.144.80';
const AMERICAN = '18.7.22.83';

let fleet: TestFleet;

beforeAll(async () => {
  const placement = { countryHeader: 'cf-ipcountry', countries, pool: undefined };
  fleet = await startTestFleet({ placement });
});
afterAll(() => fleet.stop());

async function whoami(
  headers: Record<string, string>,
  url = fleet.url,
): Promise<{
  readonly country: string | null;
  readonly countrySource: string;
  readonly cell: string;
}> {
  const answer = await fetch(`${url}/router/whoami`, { headers });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Awaited<ReturnType<typeof whoami>>;
}

describe('the country of a new shopper', () => {
  it('comes from the address behind our proxies, and decides the cell', async () => {
    for (const list of [GERMAN, `${AMERICAN}, ${GERMAN}`, `${GERMAN}:4711, 127.0.0.1`]) {
      const found = await whoami({ 'x-forwarded-for': list });
      expect(found).toMatchObject({ country: 'DE', countrySource: 'address', cell: 'eu-de-1' });
    }
    expect((await whoami({ 'x-forwarded-for': AMERICAN })).cell).toMatch(/^us-/);
  });

  it('is not known of our own machines, nor of what is no address', async () => {
    for (const list of ['127.0.0.1', 'unknown', `${GERMAN}, nobody`]) {
      expect((await whoami({ 'x-forwarded-for': list })).countrySource).toBe('unknown');
    }
  });

  it('comes from the header that was agreed on, and from no other', async () => {
    const address = { 'x-forwarded-for': GERMAN };
    expect(await whoami({ ...address, 'cf-ipcountry': 'FR' })).toMatchObject({
      country: 'FR',
      countrySource: 'header',
    });
    expect(await whoami({ ...address, 'x-client-country': 'US' })).toMatchObject({ country: 'DE' });
  });

  it('is not what strangers say of themselves', async () => {
    const placement = { countryHeader: 'cf-ipcountry', countries, pool: undefined };
    const trustedPeers = createTrustedPeers(['10.0.0.0/8']);
    const router = await fleet.startRouter({ placement, trustedPeers });
    const claims = { 'x-forwarded-for': GERMAN, 'cf-ipcountry': 'DE' };
    const found = await whoami(claims, `http://127.0.0.1:${router.port}`);
    expect(found.countrySource).toBe('unknown');
  });
});

describe('the admin port', () => {
  const admin = async (path: string): Promise<Response> => fetch(`${fleet.adminUrl}${path}`);

  it('explains where shoppers of a country go', async () => {
    const answer = await admin('/router/placement?country=CH');
    expect(await answer.json()).toMatchObject({
      country: 'CH',
      law: expect.stringContaining('Federal Act'),
      chosen: 'eu-de-1',
    });
    expect((await admin('/router/placement?country=ch')).status).toBe(400);
  });

  it('deals no hands where every router serves every host', async () => {
    expect(await (await admin('/router/pool?host=shop.example')).json()).toEqual({ pool: null });
  });
});

describe('a router of a pool', () => {
  it('serves the hosts of its hand, and names the others their routers', async () => {
    const members = ['r1', 'r2', 'r3', 'r4'];
    const pool = createRouterPool({ name: 'r1', members, handSize: 2 });
    const placement = { countryHeader: 'x-client-country', countries: undefined, pool };
    const router = await fleet.startRouter({ placement });
    const hosts = Array.from({ length: 20 }, (_, index) => `shop-${index}.example`);
    for (const host of hosts) {
      const answer = await fetch(`http://127.0.0.1:${router.port}/router/whoami`, {
        headers: { 'x-forwarded-host': host },
      });
      const hand = pool.handOf(host);
      expect(answer.status).toBe(hand.includes('r1') ? 200 : 421);
      if (answer.status === 200) continue;
      expect(await answer.json()).toMatchObject({
        code: 'wrong-router',
        detail: expect.stringContaining(hand.join(', ')),
      });
    }
    const shown = await fetch(`http://127.0.0.1:${router.adminPort}/router/pool?host=${hosts[0]}`);
    expect(await shown.json()).toMatchObject({ hand: pool.handOf(hosts[0] as string) });
  });
});
