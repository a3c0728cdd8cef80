import {
  newGlobalId,
  newPartitionId,
  type Partition,
  type PartitionId,
} from '@commerce/contracts/ids';
import type { StockGrant } from '@commerce/contracts/stock';
import { statement } from '@commerce/engines/sql/sql';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  partition,
  startPartitions,
  type TestPartitions,
} from '../../partitions/partitions.fixture.ts';
import { createInventory, type Inventory, type StockLine } from './index.ts';

let cell: TestPartitions;
let inventory: Inventory;
beforeAll(async () => {
  cell = await startPartitions();
  inventory = createInventory({ sql: cell.sql });
});
afterAll(() => cell?.stop());

type GroupId = PartitionId<'grp'>;
const newVariant = () => newGlobalId('var');
const newGroup = (slot = 1): GroupId => newPartitionId('grp', partition(slot));
const AT = new Date('2026-01-01T00:00:00Z');

/** Thrown to leave a unit of work whose basket falls short. */
class Short extends Error {}

/** Reserves all lines, or none. @returns the shortages */
async function reserve(groupId: GroupId, lines: readonly StockLine[], slot = 1) {
  let shortages: Awaited<ReturnType<Inventory['reserve']>> = [];
  await cell.unitOfWork
    .run(partition(slot), 'test.reserve', async (work) => {
      shortages = await inventory.reserve(work, groupId, lines, AT);
      if (shortages.length > 0) throw new Short();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Short)) throw error;
    });
  return shortages;
}
const end = (how: 'commit' | 'release', groupId: GroupId, slot = 1) =>
  cell.unitOfWork.run(partition(slot), `test.${how}`, (work) => inventory[how](work, groupId));

let seq = 0;
const grantOf = (variantId: string, grantedTotal: number, recalledTotal = 0): StockGrant => ({
  variantId,
  grantedTotal,
  recalledTotal,
  generation: 1,
  seq: (seq += 1),
});
const grant = (...grants: StockGrant[]) => inventory.applyGrants(grants, seq);
const availableOf = async (variantId: string): Promise<number | undefined> =>
  (await inventory.availableOf([variantId])).get(variantId);

const figures = statement<Record<'available' | 'received' | 'returned' | 'held' | 'sold', bigint>>(
  'test.figures',
  `SELECT p.available, p.received_total AS received, p.returned_total AS returned,
          coalesce(sum(r.quantity) FILTER (WHERE r.state = 'reserved'), 0)::int8 AS held,
          coalesce(sum(r.quantity) FILTER (WHERE r.state = 'committed'), 0)::int8 AS sold
   FROM stock_pool p LEFT JOIN stock_reservations r ON r.variant_id = p.variant_id
   WHERE p.variant_id = $1 GROUP BY p.variant_id`,
);
const figuresOf = async (variantId: string) => {
  const [row] = await cell.sql.query(figures, [variantId]);
  const zero = { available: 0n, received: 0n, returned: 0n, held: 0n, sold: 0n };
  return Object.fromEntries(
    Object.entries(row ?? zero).map(([name, value]) => [name, Number(value)]),
  ) as Record<keyof typeof zero, number>;
};

describe('a reservation', () => {
  it('takes units from the pool, sums lines of one variant, and ends as sold or given back', async () => {
    const [one, two] = [newVariant(), newVariant()];
    await grant(grantOf(one, 10), grantOf(two, 5));
    const [kept, dropped] = [newGroup(), newGroup()];
    const basket = [
      { variantId: one, quantity: 2 },
      { variantId: two, quantity: 1 },
      { variantId: one, quantity: 1 },
    ];
    expect(await reserve(kept, basket)).toEqual([]);
    expect(await reserve(dropped, basket)).toEqual([]);
    expect(await availableOf(one)).toBe(4);
    await end('commit', kept);
    await end('release', dropped);
    expect(await figuresOf(one)).toMatchObject({ available: 7, held: 0, sold: 3 });
    expect(await figuresOf(two)).toMatchObject({ available: 4, held: 0, sold: 1 });
  });

  it('takes all units or none, and says what is there of those that fall short', async () => {
    const [plenty, scarce, unknown] = [newVariant(), newVariant(), newVariant()];
    await grant(grantOf(plenty, 10), grantOf(scarce, 2));
    const shortages = await reserve(newGroup(), [
      { variantId: plenty, quantity: 1 },
      { variantId: scarce, quantity: 3 },
      { variantId: unknown, quantity: 1 },
    ]);
    expect(shortages).toEqual([
      { variantId: scarce, quantity: 3, available: 2 },
      { variantId: unknown, quantity: 1, available: 0 },
    ]);
    expect(await availableOf(plenty)).toBe(10);
    expect(await availableOf(scarce)).toBe(2);
  });

  it('ends once: what was sold is not given back, nor sold again', async () => {
    const variantId = newVariant();
    await grant(grantOf(variantId, 5));
    const group = newGroup();
    await reserve(group, [{ variantId, quantity: 2 }]);
    for (const how of ['commit', 'commit', 'release'] as const) await end(how, group);
    expect(await figuresOf(variantId)).toMatchObject({ available: 3, held: 0, sold: 2 });
    const other = newGroup();
    await reserve(other, [{ variantId, quantity: 3 }]);
    for (const how of ['release', 'release', 'commit'] as const) await end(how, other);
    expect(await figuresOf(variantId)).toMatchObject({ available: 3, held: 0, sold: 2 });
  });

  it('gives back all that a group holds of a variant, however often it took some', async () => {
    const variantId = newVariant();
    await grant(grantOf(variantId, 5));
    const group = newGroup();
    await reserve(group, [{ variantId, quantity: 1 }]);
    await reserve(group, [{ variantId, quantity: 2 }]);
    await end('release', group);
    expect(await figuresOf(variantId)).toMatchObject({ available: 5, held: 0 });
  });

  it('gives 50 units to 50 of 200 buyers in many partitions at once (I3)', async () => {
    const variantId = newVariant();
    await grant(grantOf(variantId, 50));
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        reserve(newGroup(index), [{ variantId, quantity: 1 }], index),
      ),
    );
    expect(outcomes.filter((shortages) => shortages.length === 0)).toHaveLength(50);
    expect(await figuresOf(variantId)).toMatchObject({ available: 0, held: 50 });
  });

  it('does not wait in a circle with one that shares variants in another order', async () => {
    const variants = [newVariant(), newVariant(), newVariant()];
    await grant(...variants.map((variantId) => grantOf(variantId, 100)));
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const lines = variants.map((variantId) => ({ variantId, quantity: 1 }));
        return reserve(newGroup(index), index % 2 === 0 ? lines : lines.toReversed(), index);
      }),
    );
    for (const variantId of variants) expect(await availableOf(variantId)).toBe(60);
    expect(cell.sql.statistics().get('test.reserve')?.retries).toBe(0);
  });

  it('tells listeners which free units changed, after each commit only', async () => {
    const variantId = newVariant();
    const told: string[][] = [];
    inventory.onChanged((variantIds) => told.push([...variantIds]));
    await grant(grantOf(variantId, 3));
    const group = newGroup();
    await reserve(group, [{ variantId, quantity: 9 }]);
    expect(told).toEqual([[variantId]]);
    await reserve(group, [{ variantId, quantity: 3 }]);
    await end('release', group);
    expect(told).toEqual([[variantId], [variantId], [variantId]]);
  });
});

/** What the test knows of one variant; the cell must agree after every step. */
interface Model {
  granted: number;
  recalled: number;
  received: number;
  recallKnown: number;
  returned: number;
  available: number;
  readonly groups: Map<GroupId, { quantity: number; state: 'held' | 'sold' | 'released' }>;
  readonly sent: StockGrant[];
}

interface System {
  readonly variantId: string;
}

const settle = (model: Model): void => {
  const back = Math.min(model.available, model.recallKnown - model.returned);
  if (back <= 0) return;
  model.available -= back;
  model.returned += back;
};

type Step = (model: Model, system: System) => Promise<void>;

/** The control plane grants or recalls; the message may be lost for now. */
const issue = fc.record({ more: fc.nat(6), recall: fc.nat(4), arrives: fc.boolean() }).map(
  ({ more, recall, arrives }): Step =>
    async (model, { variantId }) => {
      model.granted += more;
      // It never asks for more than it has granted.
      model.recalled = Math.min(model.granted, model.recalled + recall);
      model.sent.push(grantOf(variantId, model.granted, model.recalled));
      if (arrives) await deliver(model, model.sent.length - 1);
    },
);
/** A message arrives: late, again, or overtaken by newer ones. */
const arrive = fc.nat().map(
  (pick): Step =>
    async (model) => {
      if (model.sent.length > 0) await deliver(model, pick % model.sent.length);
    },
);
const hold = fc.integer({ min: 1, max: 5 }).map(
  (quantity): Step =>
    async (model, { variantId }) => {
      const groupId = newGroup();
      const shortages = await reserve(groupId, [{ variantId, quantity }]);
      const { available } = model;
      expect(shortages).toEqual(available >= quantity ? [] : [{ variantId, quantity, available }]);
      if (shortages.length > 0) return;
      model.available -= quantity;
      model.groups.set(groupId, { quantity, state: 'held' });
    },
);
const finish = fc
  .record({ pick: fc.nat(), how: fc.constantFrom('commit' as const, 'release' as const) })
  .map(
    ({ pick, how }): Step =>
      async (model) => {
        const entry = [...model.groups][pick % Math.max(1, model.groups.size)];
        if (entry === undefined) return;
        const [groupId, group] = entry;
        await end(how, groupId);
        if (group.state !== 'held') return;
        group.state = how === 'commit' ? 'sold' : 'released';
        if (how === 'commit') return;
        model.available += group.quantity;
        settle(model);
      },
  );

async function deliver(model: Model, index: number): Promise<void> {
  const message = model.sent[index] as StockGrant;
  await inventory.applyGrants([message], message.seq);
  model.available += Math.max(0, message.grantedTotal - model.received);
  model.received = Math.max(model.received, message.grantedTotal);
  model.recallKnown = Math.max(model.recallKnown, message.recalledTotal);
  settle(model);
}

describe('the stock of a cell (I3)', () => {
  it('adds up after any order of grants, recalls and baskets, lost, late or repeated', async () => {
    const steps = fc.array(fc.oneof(issue, arrive, hold, finish), { minLength: 5, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const system = { variantId: newVariant() };
        const model: Model = {
          granted: 0,
          recalled: 0,
          received: 0,
          recallKnown: 0,
          returned: 0,
          available: 0,
          groups: new Map(),
          sent: [],
        };
        for (const step of run) {
          await step(model, system);
          const seen = await figuresOf(system.variantId);
          const sum = (state: string): number =>
            [...model.groups.values()]
              .filter((group) => group.state === state)
              .reduce((units, group) => units + group.quantity, 0);
          expect(seen).toEqual({
            available: model.available,
            received: model.received,
            returned: model.returned,
            held: sum('held'),
            sold: sum('sold'),
          });
          expect(seen.received - seen.returned).toBe(seen.available + seen.held + seen.sold);
          expect(Math.min(...Object.values(seen))).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('adds up while grants, recalls and baskets of many partitions meet', async () => {
    const variantId = newVariant();
    const baskets = Array.from({ length: 60 }, async (_, index) => {
      const groupId = newGroup(index);
      const shortages = await reserve(groupId, [{ variantId, quantity: 1 + (index % 3) }], index);
      if (shortages.length === 0) await end(index % 2 === 0 ? 'commit' : 'release', groupId, index);
    });
    const messages = Array.from({ length: 20 }, (_, index) =>
      grant(grantOf(variantId, index * 3, Math.floor(index / 2))),
    );
    await Promise.all([...baskets, ...messages]);
    const seen = await figuresOf(variantId);
    expect(seen.received).toBe(57);
    expect(seen.returned).toBeLessThanOrEqual(9);
    expect(seen.received - seen.returned).toBe(seen.available + seen.held + seen.sold);
    expect(seen.held).toBe(0);
  });
});

describe('the feed of grants', () => {
  it('remembers how far it was followed, and does not go back', async () => {
    const at = (await inventory.grantCursor()) + 100;
    await inventory.applyGrants([], at);
    expect(await inventory.grantCursor()).toBe(at);
    await inventory.applyGrants([], at - 50);
    expect(await inventory.grantCursor()).toBe(at);
    expect(await createInventory({ sql: cell.sql }).grantCursor()).toBe(at);
  });
});

describe('reports to the control plane', () => {
  /** An inventory that has nothing left to report. */
  async function quiet(): Promise<Inventory> {
    const own = createInventory({ sql: cell.sql });
    for (;;) {
      const reports = await own.pendingReports(10_000);
      if (reports.length === 0) return own;
      own.ackReports(reports);
    }
  }
  const run = (body: Parameters<TestPartitions['unitOfWork']['run']>[2]) =>
    cell.unitOfWork.run(partition(1) as Partition, 'test', body);

  it('hold the figures of one moment, and come again until they are acknowledged', async () => {
    const own = await quiet();
    const [variantId, group] = [newVariant(), newGroup()];
    await own.applyGrants([grantOf(variantId, 10, 2)], seq);
    await run((work) => own.reserve(work, group, [{ variantId, quantity: 3 }], AT));
    const [report, ...none] = await own.pendingReports(100);
    expect(none).toEqual([]);
    expect(report).toMatchObject({
      variantId,
      receivedTotal: 10,
      returnedTotal: 2,
      available: 5,
      reserved: 3,
      committed: 0,
    });
    // It was lost on its way: the same variant is due again, under a newer number.
    const [again] = await own.pendingReports(100);
    expect(again).toMatchObject({ variantId, available: 5 });
    expect(again?.version).toBeGreaterThan(report?.version ?? 0);
    own.ackReports(again === undefined ? [] : [again]);
    expect(await own.pendingReports(100)).toEqual([]);
  });

  it('are due again for what changed after they were made', async () => {
    const own = await quiet();
    const [variantId, group] = [newVariant(), newGroup()];
    await own.applyGrants([grantOf(variantId, 10)], seq);
    await run((work) => own.reserve(work, group, [{ variantId, quantity: 1 }], AT));
    const reports = await own.pendingReports(100);
    await run((work) => own.commit(work, group));
    own.ackReports(reports);
    expect(await own.pendingReports(100)).toMatchObject([{ variantId, reserved: 0, committed: 1 }]);
  });

  it('cover every variant after a restart, a page at a time', async () => {
    await quiet();
    const variants = [newVariant(), newVariant()];
    await grant(...variants.map((variantId) => grantOf(variantId, 4)));
    const again = createInventory({ sql: cell.sql });
    const reported = new Set<string>();
    for (;;) {
      const page = await again.pendingReports(3);
      expect(page.length).toBeLessThanOrEqual(3);
      for (const report of page) reported.add(report.variantId);
      if (page.length === 0) break;
      again.ackReports(page);
    }
    for (const variantId of variants) expect(reported).toContain(variantId);
  });

  it('leave out what is held in a copy for another cell', async () => {
    const own = await quiet();
    const [variantId, group] = [newVariant(), newGroup(900)];
    await own.applyGrants([grantOf(variantId, 10)], seq);
    await reserve(group, [{ variantId, quantity: 4 }], 900);
    const set = statement('test.standby', 'UPDATE partitions SET role = $2 WHERE partition = $1');
    await cell.sql.query(set, [partition(900), 'standby']);
    expect(await own.pendingReports(100)).toMatchObject([{ variantId, available: 6, reserved: 0 }]);
    await cell.sql.query(set, [partition(900), 'primary']);
  });
});
