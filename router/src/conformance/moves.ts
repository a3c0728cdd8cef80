import { newPartitionId, type Partition } from '@commerce/contracts/ids';
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { echo, misdirect, pinSetBy, tableOf, type TestFleet, until } from '../testing-fleet.ts';
import { pinOf, type PlaneUnderTest, receivedBy, reset } from './planes.ts';

export function testMoves(plane: PlaneUnderTest): void {
  const inFrankfurt = `/v1/carts/${newPartitionId('cart', 'eu-000' as Partition)}`;

  describe('a request that a cell does not hold', () => {
    let fleet: TestFleet;
    beforeAll(async () => {
      fleet = await plane.start();
    });
    afterAll(() => fleet.stop());
    beforeEach(() => reset(fleet));
    const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
      request(fleet.url + path, { method: 'POST', body, headers });

    it('is sent once more, with its body and its headers, where the cell says', async () => {
      fleet.cell('eu-de-1').behave = misdirect({ epoch: 2, primary: 'eu-fr-1' });
      const answer = await post('/v1/carts', '{"a":1}', {
        cookie: `theme=dark; ${pinOf('eu-000', 'FR')}`,
        'idempotency-key': 'key-1',
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-proto': 'https',
      });
      expect(answer.statusCode).toBe(200);
      await answer.body.dump();
      expect(fleet.cell('eu-fr-1').received).toMatchObject([
        {
          partition: 'eu-000',
          epoch: 2,
          isProven: true,
          headers: {
            cookie: 'theme=dark',
            'idempotency-key': 'key-1',
            'x-client-country': 'FR',
            'x-forwarded-for': '203.0.113.7, 127.0.0.1',
            'x-forwarded-proto': 'https',
          },
        },
      ]);
      expect(fleet.cell('eu-fr-1').received[0]?.body.toString()).toBe('{"a":1}');
      expect(fleet.cell('eu-de-1').received.length).toBeLessThanOrEqual(plane.refusalsMax);
    });

    it('goes to no third cell', async () => {
      fleet.cell('eu-de-1').behave = misdirect({ partition: 'us-001', epoch: 1 });
      fleet.cell('us-west-1').behave = misdirect({ partition: 'us-000', epoch: 1 });
      const answer = await post(inFrankfurt, '{}');
      expect(answer.statusCode).toBe(421);
      expect(await answer.body.json()).toMatchObject({ code: 'misdirected', partition: 'us-000' });
      expect(fleet.cell('us-west-1').received).toHaveLength(1);
      expect(fleet.cell('us-east-1').received).toHaveLength(0);
    });

    it('is refused to the client when no better place is known, or the body is not held', async () => {
      fleet.cell('eu-de-1').behave = misdirect({ epoch: 1 });
      const unknown = await post(inFrankfurt, '{}');
      expect(unknown.statusCode).toBe(421);
      await unknown.body.dump();
      fleet.cell('eu-de-1').behave = misdirect({ partition: 'us-001', epoch: 1 });
      const large = await post(inFrankfurt, Buffer.alloc(100_000));
      expect(large.statusCode).toBe(421);
      await large.body.dump();
      expect(fleet.cell('us-west-1').received).toHaveLength(0);
    });

    it.each([1_000, 16_000, 20_000, 60_000])(
      'is held for that with a body of %i bytes',
      async (bytes) => {
        fleet.cell('eu-de-1').behave = misdirect({ partition: 'us-001', epoch: 1 });
        const body = Buffer.alloc(bytes, 'abcdefghij');
        const answer = await post(inFrankfurt, body);
        expect(answer.statusCode).toBe(200);
        await answer.body.dump();
        expect(fleet.cell('us-west-1').received[0]?.body.equals(body)).toBe(true);
      },
    );

    it('pins a customer who signs in to the partition that another cell names', async () => {
      fleet.cell('eu-de-1').behave = misdirect({ partition: 'us-001', epoch: 1 });
      const answer = await fetch(`${fleet.url}/v1/sessions`, {
        method: 'POST',
        body: '{}',
        headers: { cookie: pinOf('eu-000') },
      });
      const cookie = `cell_pin=${pinSetBy(answer)}`;
      const whoami = await fetch(`${fleet.url}/router/whoami`, { headers: { cookie } });
      expect(await whoami.json()).toMatchObject({ partition: 'us-001', cell: 'us-west-1' });
    });
  });

  describe('a move', () => {
    let fleet: TestFleet;
    beforeEach(async () => {
      fleet = await plane.start();
    });
    afterEach(() => fleet.stop());

    it('is learnt from the directory at the first refusal, and holds for pins as they are', async () => {
      await fleet.directory.replacePlacements(
        tableOf('eu', ['eu-fr-1'], { version: 2, epoch: 2 }),
        1,
      );
      fleet.cell('eu-de-1').behave = misdirect({ epoch: 2 });
      const headers = { cookie: pinOf('eu-000') };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          fetch(`${fleet.url}/v1/carts`, { method: 'POST', body: '{}', headers }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(fleet.cell('eu-fr-1').received.map(({ epoch }) => epoch)).toEqual(
        answers.map(() => 2),
      );
      // From then on nobody asks the old primary.
      await until(async () => {
        reset(fleet);
        await fetch(`${fleet.url}/v1/carts`, { headers });
        return fleet.cell('eu-de-1').received.length === 0;
      });
      expect(fleet.cell('eu-fr-1').received).toMatchObject([{ partition: 'eu-000', epoch: 2 }]);
    });

    it('after the loss of a cell that hangs ends the waiting for it', async () => {
      fleet.cell('eu-de-1').behave = () => undefined;
      const send = (): Promise<number> =>
        fetch(`${fleet.url}/v1/carts`, {
          method: 'POST',
          body: '{}',
          headers: { cookie: pinOf('eu-000'), 'idempotency-key': 'key-1' },
        }).then(
          ({ status }) => status,
          () => 0,
        );
      const waiting = send();
      await until(() => fleet.cell('eu-de-1').received.length === 1);
      const table = tableOf('eu', ['eu-fr-1'], { version: 2, epoch: 2 });
      const cut = {
        plan: 'evac_1',
        mode: 'emergency',
        version: 7n,
        chain: '0'.repeat(16),
      } as const;
      const placements = table.placements.map((placement) => ({ ...placement, cut }));
      await fleet.directory.replacePlacements({ ...table, placements }, 1);
      await fleet.router.refresh();
      const status = await waiting;
      expect(status === 200).toBe(plane.sendsLostOn);
      if (!plane.sendsLostOn) expect(await send()).toBe(200);
      expect(fleet.cell('eu-fr-1').received).toMatchObject([{ partition: 'eu-000', epoch: 2 }]);
    });

    it('that was planned leaves requests with the old primary, which answers them', async () => {
      let answer = (): void => undefined;
      fleet.cell('eu-de-1').behave = (received, response, incoming) => {
        answer = () => echo(received, response, incoming);
      };
      const headers = { cookie: pinOf('eu-000'), 'idempotency-key': 'key-1' };
      const waiting = fetch(`${fleet.url}/v1/carts`, { method: 'POST', body: '{}', headers });
      await until(() => fleet.cell('eu-de-1').received.length === 1);
      const table = tableOf('eu', ['eu-fr-1'], { version: 2, epoch: 2 });
      await fleet.directory.replacePlacements(table, 1);
      await fleet.router.refresh();
      answer();
      expect((await waiting).status).toBe(200);
      expect(fleet.cell('eu-fr-1').received).toHaveLength(0);
    });

    it('of a whole realm or of one partition is followed without a refusal', async () => {
      const one = tableOf('us', ['us-east-1', 'us-west-1'], { version: 2 });
      const placements = one.placements.map((placement, slot) =>
        slot === 0 ? { ...placement, primary: 'us-west-1' as never, epoch: 2 } : placement,
      );
      await fleet.directory.replacePlacements({ ...one, placements }, 1);
      await fleet.router.refresh();
      const headers = { cookie: pinOf('us-000') };
      await until(async () => {
        reset(fleet);
        await fetch(`${fleet.url}/v1/carts`, { headers });
        return receivedBy(fleet)[0]?.cell === 'us-west-1';
      });
      expect(receivedBy(fleet)).toMatchObject([{ epoch: 2, isProven: true }]);
      await fleet.directory.replacePlacements(
        tableOf('us', ['us-east-1'], { version: 3, epoch: 3 }),
        2,
      );
      await fleet.router.refresh();
      await until(async () => {
        reset(fleet);
        await fetch(`${fleet.url}/v1/carts`, { headers });
        return receivedBy(fleet)[0]?.cell === 'us-east-1';
      });
      expect(receivedBy(fleet)).toMatchObject([{ epoch: 3, isProven: true }]);
    });
  });
}
