import { AppError } from '@commerce/contracts/problems';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  completeIdempotency,
  findIdempotencyRecord,
  idempotencyKey,
  keptAnswer,
  recordIdempotency,
  writeOnce,
} from './idempotency.ts';
import {
  partition,
  readKeys,
  readState,
  startPartitions,
  type TestPartitions,
  writeSomething,
} from './partitions.fixture.ts';

let cell: TestPartitions;
beforeAll(async () => {
  cell = await startPartitions();
});
afterAll(() => cell?.stop());

let slotCount = 0;
const fresh = () => partition(slotCount++);
const AT = new Date('2026-01-01T00:00:00Z');
const keyOf = (key: string, body: unknown, path = '/v1/things') =>
  idempotencyKey(key, { method: 'POST', path, body });

let effectCount = 0;
/** A request whose effect is a row of its own; its answer tells which one. */
function request(name: ReturnType<typeof partition>, key: string | undefined, body: unknown) {
  return writeOnce(
    cell.unitOfWork,
    name,
    'test',
    key === undefined ? undefined : keyOf(key, body),
    AT,
    async (work): Promise<Answer> => {
      const effect = `effect-${(effectCount += 1)}`;
      await writeSomething(work, effect);
      return { status: 201, body: { effect, body } };
    },
  );
}
const effectsOf = async (name: ReturnType<typeof partition>): Promise<string[]> =>
  (await readKeys(cell.sql, name)).filter((key) => key.startsWith('effect-'));

describe('a request that may be sent twice (I9)', () => {
  it('has one effect and one answer for each key, and none with another body', async () => {
    const step = fc.record({
      key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined }),
      body: fc.constantFrom({ units: 1 }, { units: 2 }, null),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const name = fresh();
        const first = new Map<string, { body: unknown; answer: unknown }>();
        let effects = 0;
        for (const { key, body } of steps) {
          const known = key === undefined ? undefined : first.get(key);
          if (known !== undefined && known.body !== body) {
            await expect(request(name, key, body)).rejects.toMatchObject({
              code: 'idempotency-key-reused',
              options: { field: 'idempotency-key' },
            });
            continue;
          }
          const { result, position } = await request(name, key, body);
          expect(result.replayed).toBe(known !== undefined);
          // A repeat changes nothing, and so has no position.
          expect(position === undefined).toBe(result.replayed);
          if (known === undefined) effects += 1;
          else expect(result.body).toEqual(known.answer);
          if (key !== undefined) first.set(key, { body, answer: result.body });
        }
        expect(await effectsOf(name)).toHaveLength(effects);
        expect((await readState(cell.sql, name)).version).toBe(BigInt(effects));
      }),
      { numRuns: 25 },
    );
  });

  it('has one effect where it arrives 20 times at once', async () => {
    const name = fresh();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => request(name, 'once', { units: 1 })),
    );
    expect(new Set(answers.map(({ result }) => JSON.stringify(result.body))).size).toBe(1);
    expect(answers.filter(({ result }) => !result.replayed)).toHaveLength(1);
    expect(await effectsOf(name)).toHaveLength(1);
  });

  it('may be tried again under its key where it failed', async () => {
    const name = fresh();
    const fault = new AppError('cart-closed');
    const failing = writeOnce(cell.unitOfWork, name, 'test', keyOf('k', 1), AT, async (work) => {
      await writeSomething(work);
      throw fault;
    });
    await expect(failing).rejects.toBe(fault);
    expect((await request(name, 'k', 1)).result).toMatchObject({ status: 201, replayed: false });
  });

  it('is another request on another path, by another method, or in another partition', async () => {
    const [here, there] = [fresh(), fresh()];
    await request(here, 'k', 1);
    expect((await request(there, 'k', 1)).result.replayed).toBe(false);
    const elsewhere = keyOf('k', 1, '/v1/others');
    const refused = writeOnce(cell.unitOfWork, here, 'test', elsewhere, AT, async () => ({
      status: 200,
      body: null,
    }));
    await expect(refused).rejects.toMatchObject({ code: 'idempotency-key-reused', status: 422 });
    expect(keyOf('k', 1).fingerprint).not.toBe(
      idempotencyKey('k', { method: 'PUT', path: '/v1/things', body: 1 }).fingerprint,
    );
  });

  it('keeps no key in clear', () => {
    const { keyHash, fingerprint } = keyOf('my-secret-key', { email: 'ada@example.com' });
    expect(keyHash).toMatch(/^[\w-]{43}$/);
    expect(fingerprint).toMatch(/^[\w-]{43}$/);
  });
});

describe('a key whose request goes on', () => {
  it('has no answer until the work on its resource ends, and keeps the first one', async () => {
    const name = fresh();
    const key = keyOf('pay', { token: 't' });
    const find = () =>
      cell.unitOfWork.run(name, 'test', (work) => findIdempotencyRecord(work, key));
    await cell.unitOfWork.run(name, 'test', async (work) => {
      await recordIdempotency(work, key, { resource: 'grp_1', at: AT });
    });
    const waiting = (await find()).result;
    expect(waiting).toMatchObject({ resource: 'grp_1', status: null });
    expect(waiting && keptAnswer(waiting)).toBeUndefined();

    for (const status of [201, 402]) {
      await cell.unitOfWork.run(name, 'test', async (work) => {
        await completeIdempotency(work, 'grp_1', { status, body: { status } });
      });
    }
    const done = (await find()).result;
    expect(done && keptAnswer(done)).toEqual({
      status: 201,
      body: { status: 201 },
      replayed: true,
    });
  });

  it('is not touched by the end of another, and nothing happens where no key waits', async () => {
    const name = fresh();
    const before = (await readState(cell.sql, name)).version;
    const { position } = await cell.unitOfWork.run(name, 'test', async (work) => {
      await completeIdempotency(work, 'grp_none', { status: 201, body: null });
    });
    expect(position).toBeUndefined();
    expect((await readState(cell.sql, name)).version).toBe(before);
  });
});
