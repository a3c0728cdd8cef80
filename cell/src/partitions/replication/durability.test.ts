import type { CellId } from '@commerce/contracts/ids';
import { createLogger } from '@commerce/service/logger';
import { afterEach, describe, expect, it } from 'vitest';
import { OTHER_CELL, CELL, partition, placements, writeSomething } from '../partitions.fixture.ts';
import { createDurability, type Durability } from './durability.ts';
import { startPair, type TestPair } from './replication.fixture.ts';

let pair: TestPair;
afterEach(() => pair.stop());

const first = partition(0);
const soon = { timeout: 10_000, interval: 10 } as const;

function watch(
  overrides: { readonly standby?: CellId | undefined } = {},
  waitMsMax = 10_000,
): Durability {
  const placement = { ...placements(1).placements[0], ...overrides };
  const durability = createDurability({
    cell: CELL,
    sql: pair.primary.sql,
    feed: pair.primary.feed,
    placementOf: () => placement as never,
    log: createLogger('test', 'silent'),
    waitMsMax,
  });
  pair.primary.onCommitted(durability.noteCommit);
  return durability;
}

const write = async () =>
  (await pair.primary.unitOfWork.run(first, 'test', (work) => writeSomething(work))).position;
const isDegraded = (durability: Durability) => durability.degraded().get(OTHER_CELL);
const inStep = (durability: Durability) =>
  expect.poll(() => isDegraded(durability), soon).toBe(false);

describe('I1: an answer about an order', () => {
  it('waits until the standby has what it tells of', async () => {
    pair = await startPair();
    const durability = watch();
    await inStep(durability);
    for (let count = 0; count < 5; count += 1) {
      const position = await write();
      expect(await durability.confirm(first, position)).toBe('full');
      expect(pair.primary.feed.acknowledged(OTHER_CELL, first)).toBe(position?.version);
    }
    expect(durability.totals()).toMatchObject({ full: 5, degraded: 0 });
  });

  it('that was kept from before waits for everything that is committed', async () => {
    pair = await startPair();
    const durability = watch();
    await inStep(durability);
    const { version } = (await write()) ?? {};
    expect(await durability.confirm(first, undefined)).toBe('full');
    expect(pair.primary.feed.acknowledged(OTHER_CELL, first)).toBe(version);
  });

  it('takes one round trip more over a long line, also where commits follow on each other', async () => {
    pair = await startPair();
    pair.gate.delay(60);
    await pair.restartStandby();
    const durability = watch();
    await inStep(durability);
    const waitsMs: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      // The commits of a checkout travel together, as nobody waits for the first of them.
      await write();
      await write();
      const position = await write();
      const startedAtMs = performance.now();
      expect(await durability.confirm(first, position)).toBe('full');
      waitsMs.push(performance.now() - startedAtMs);
    }
    // Of a busy machine the quicker ones tell about the line.
    const quickMs = waitsMs.toSorted((a, b) => a - b)[2] ?? 0;
    // A round trip takes 120 ms.
    expect(quickMs).toBeGreaterThan(110);
    expect(quickMs).toBeLessThan(190);
  });

  it('goes without a standby that is away, says so, and waits again once that is back', async () => {
    pair = await startPair();
    const durability = watch({}, 1_500);
    await inStep(durability);
    pair.gate.holdAnswers();
    const startedAtMs = performance.now();
    expect(await durability.confirm(first, await write())).toBe('degraded');
    expect(performance.now() - startedAtMs).toBeGreaterThan(1_400);
    expect(isDegraded(durability)).toBe(true);
    // Nobody else waits: the first one has found out.
    const againAtMs = performance.now();
    expect(await durability.confirm(first, await write())).toBe('degraded');
    expect(performance.now() - againAtMs).toBeLessThan(1_000);
    pair.gate.passAnswers();
    await expect.poll(async () => durability.confirm(first, await write()), soon).toBe('full');
  });

  it('is degraded where there is no standby, or one that does not follow the partition', async () => {
    pair = await startPair();
    const alone = watch({ standby: undefined });
    expect(await alone.confirm(first, await write())).toBe('degraded');
    const elsewhere = watch({ standby: 'eu-nl-1' as CellId });
    expect(await elsewhere.confirm(first, await write())).toBe('degraded');
  });
});
