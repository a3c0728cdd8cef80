import { newPartitionId, type Partition, partitionAt, type Realm } from '@commerce/contracts/ids';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classify } from '../classify.ts';
import { locate } from '../locate.ts';
import { createRoutingTable } from '../routing-table.ts';
import { descriptorOf, tableOf, TEST_CELLS, type TestFleet } from '../testing-fleet.ts';
import { pinOf, type PlaneUnderTest, receivedBy, reset } from './planes.ts';

/** The table of the test fleet, for the pure functions. */
const table = createRoutingTable(
  TEST_CELLS.map((id) => ({ cell: descriptorOf(id, 'http://127.0.0.1:1'), version: 1 })),
  [tableOf('eu', ['eu-de-1', 'eu-fr-1']), tableOf('us', ['us-east-1', 'us-west-1'])],
);

const partitions = fc
  .tuple(fc.constantFrom('eu', 'us'), fc.nat(1023))
  .map(([realm, slot]) => partitionAt(realm as Realm, slot));

const ids = fc
  .tuple(fc.constantFrom('cart', 'ord', 'grp', 'lin', 'ses'), partitions)
  .map(([type, partition]) => newPartitionId(type as 'cart', partition));

const segments = fc.oneof(
  { weight: 3, arbitrary: ids },
  fc.constantFrom(
    'v1',
    'carts',
    'lines',
    '_',
    'a_b',
    'a=b',
    'x.y',
    '%41',
    'prd_01m83aqagyeyrvdtk5wdgrgqky',
  ),
  // Nearly an id: a slot out of range, an unknown type, a letter too many.
  ids.map((id) => id.replace(/([0-3])([0-9a-f]{2}_)/, '7$2')),
  ids.map((id) => id.replace(/^[a-z]+/, 'abc')),
  ids.map((id) => `${id}x`),
);

const tokens = partitions.map((partition) => {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { sub: 'cus_1', part: partition, exp: 4_000_000_000 };
  return `Bearer ${encode({ alg: 'ES256' })}.${encode(claims)}.${'A'.repeat(86)}`;
});

/** Both planes must put every request where the pure functions put it. */
export function testDecisions(plane: PlaneUnderTest): void {
  describe('a request', () => {
    let fleet: TestFleet;
    beforeAll(async () => {
      fleet = await plane.start();
    });
    afterAll(() => fleet.stop());
    beforeEach(() => reset(fleet));

    it('is put where the one decision puts it, by an id, a token or a pin', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(segments, { minLength: 1, maxLength: 5 }),
          fc.option(tokens, { nil: undefined }),
          partitions,
          async (path, authorization, pinned) => {
            reset(fleet);
            const target = `/${path.join('/')}`;
            const pin = { partition: pinned, country: undefined };
            const wanted = locate(
              table,
              classify({ path: target, authorization, pin }),
              { country: undefined, idempotencyKey: undefined },
              () => true,
            );
            if (wanted instanceof Error) throw wanted;
            const answer = await fetch(fleet.url + target, {
              headers: { cookie: pinOf(pinned), ...(authorization && { authorization }) },
            });
            expect(answer.status).toBe(200);
            expect(receivedBy(fleet)).toMatchObject([
              {
                cell: wanted.cell,
                partition: wanted.partition,
                epoch: wanted.epoch,
                isProven: true,
              },
            ]);
          },
        ),
        { numRuns: 80 },
      );
    });

    it('for an id of an unknown realm is not found, and a webhook without an id is nobody’s', async () => {
      const cart = newPartitionId('cart', 'zz-000' as Partition);
      const unknown = await fetch(`${fleet.url}/v1/carts/${cart}`);
      expect(unknown.status).toBe(404);
      const headers = { cookie: pinOf('eu-000') };
      const webhook = await fetch(`${fleet.url}/v1/webhooks/sandbox/x`, {
        method: 'POST',
        headers,
      });
      expect(webhook.status).toBe(404);
      expect(receivedBy(fleet)).toHaveLength(0);
      const attempt = newPartitionId('att', 'eu-001' as Partition);
      await fetch(`${fleet.url}/v1/webhooks/sandbox/${attempt}`, { method: 'POST', body: '{}' });
      expect(receivedBy(fleet)).toMatchObject([{ cell: 'eu-fr-1', partition: 'eu-001' }]);
    });
  });
}
