import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Directory } from '@commerce/engines/directory/directory';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  HERE,
  newEmail,
  PASSWORD,
  startCell,
  startRealm,
  type TestCell,
  type TestRealm,
} from './accounts.fixture.ts';

/** One email over two jurisdictions: claims are global, and hold through crashes of cells. */

const US_PARTITION = 'us-0a1' as Partition;
/** Longer than a claim is kept without a confirmation. */
const LEASE_PASSED_MS = 60_000;

/** Where a cell's process ends: it makes no call from then on, not even one that tidies up. */
type Death = 'never' | 'after-reserving' | 'before-confirming' | 'after-confirming';

function createMortal(directory: Directory) {
  let death: Death = 'never';
  let isDead = false;
  const gone = (): never => {
    isDead = true;
    throw new AppError('unavailable', { detail: 'the process is gone' });
  };
  const mortal: Directory = {
    ...directory,
    reserveClaim: async (reservation) => {
      if (isDead) return gone();
      const outcome = await directory.reserveClaim(reservation);
      return death === 'after-reserving' ? gone() : outcome;
    },
    confirmClaim: async (key, owner) => {
      if (isDead || death === 'before-confirming') return gone();
      const outcome = await directory.confirmClaim(key, owner);
      return death === 'after-confirming' ? gone() : outcome;
    },
    releaseClaim: (key, owner) => (isDead ? gone() : directory.releaseClaim(key, owner)),
    lookUpClaim: (key) => (isDead ? gone() : directory.lookUpClaim(key)),
  };
  return {
    mortal,
    dieNext: (moment: Death): void => void (death = moment),
    /** A new process on the same database. */
    restart: (): void => {
      death = 'never';
      isDead = false;
    },
  };
}

let realm: TestRealm;
let de: TestCell;
let us: TestCell;
let life: ReturnType<typeof createMortal>;

beforeAll(async () => {
  realm = await startRealm();
  life = createMortal(realm.directory);
  const options = { ...realm, directory: life.mortal };
  [de, us] = await Promise.all([
    startCell('eu-de-1' as CellId, options),
    startCell('us-east-1' as CellId, { ...options, realm: 'us' as Realm }),
  ]);
});
afterAll(async () => {
  await Promise.all([de?.stop(), us?.stop()]);
  await realm?.stop();
});

const idsByEmail = statement<{ id: string }>(
  'test.ids-by-email',
  'SELECT id FROM customers WHERE email = $1',
);
const customersWith = async (email: string): Promise<string[]> =>
  (await Promise.all([de, us].map((cell) => cell.sql.query(idsByEmail, [email]))))
    .flat()
    .map(({ id }) => id);
const claimOf = (email: string) =>
  realm.directory.lookUpClaim({ kind: 'email', hash: de.identity.hashEmail(email) });
const signUp = (index: number, email: string, key?: string) =>
  (index % 2 === 0 ? de : us).send('POST', '/v1/customers', {
    body: { email, password: PASSWORD },
    partition: index % 2 === 0 ? HERE : US_PARTITION,
    ...(key !== undefined && { key }),
  });

/** As clients do: what was too busy is sent again under the same key, until there is an answer. */
async function signUpPatiently(index: number, email: string) {
  const key = `race-${email}-${index}`;
  for (;;) {
    const sent = await signUp(index, email, key);
    if (sent.status !== 503) return sent;
  }
}

describe('one email, two jurisdictions', () => {
  it('has one account and 99 clear refusals of 100 sign-ups at once', async () => {
    const email = newEmail();
    const sent = await Promise.all(
      Array.from({ length: 100 }, (_, index) => signUpPatiently(index, email)),
    );
    expect(sent.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = sent.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(99);
    for (const { status, body } of refused) {
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'email-taken', field: 'email' });
    }
    const [winner, ...others] = await customersWith(email);
    expect(others).toEqual([]);
    expect(await claimOf(email)).toMatchObject({ owner: winner, state: 'confirmed' });
  }, 120_000);

  it.each(['after-reserving', 'before-confirming', 'after-confirming'] as const)(
    'leaves no claim behind where the cells die %s',
    async (moment) => {
      const email = newEmail();
      life.dieNext(moment);
      const cut = await Promise.all(Array.from({ length: 10 }, (_, index) => signUp(index, email)));
      expect(cut.some(({ status }) => status === 503)).toBe(true);
      expect(cut.every(({ status }) => status !== 201)).toBe(true);
      life.restart();
      realm.clock.advance(LEASE_PASSED_MS);
      const { signal } = new AbortController();
      for (const cell of [de, us]) await cell.claimsSweep.run(signal);
      const before = await customersWith(email);
      const again = await Promise.all(
        Array.from({ length: 10 }, (_, index) => signUp(index, email)),
      );
      // An account that was committed is settled by the sweep; where none was, the name is free.
      expect(again.filter(({ status }) => status === 201)).toHaveLength(1 - before.length);
      const after = await customersWith(email);
      expect(after).toHaveLength(1);
      expect(await claimOf(email)).toMatchObject({ owner: after[0], state: 'confirmed' });
    },
    120_000,
  );
});
