import { randomBytes } from 'node:crypto';
import type { CellDescriptor } from '@commerce/contracts/cells';
import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import {
  type CellId,
  type Partition,
  parseCellId,
  type Realm,
  SLOTS_PER_REALM,
} from '@commerce/contracts/ids';
import type { PlacementCut, PlacementTable } from '@commerce/contracts/placements';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimReservation, Directory } from './directory.ts';

/** What an adapter brings to run the suite: its engine, and a second client of the same store. */
export interface DirectoryHarness {
  start(): Promise<{
    /** A new client of the one store. */
    connect(): Directory;
    /** A client whose store is not there. */
    connectToNothing(): Directory;
    stop(): Promise<void>;
  }>;
}

let realmCount = 0;
/** Each test has realms, cells and names of its own, so none sees another's. */
const freshRealm = (): Realm => `tr${(realmCount++).toString(36)}` as Realm;
const freshHash = (): string => randomBytes(32).toString('hex');

function tableOf(realm: Realm, version: number, primary = 'eu-de-1'): PlacementTable {
  const placements = Array.from({ length: SLOTS_PER_REALM }, (_, slot) => ({
    primary: (slot % 2 === 0 ? primary : 'eu-fr-1') as CellId,
    standby: slot % 3 === 0 ? undefined : ('eu-fr-1' as CellId),
    epoch: 1 + (slot % 5),
  }));
  return { realm, version, placements };
}

function cellOf(id: string): CellDescriptor {
  return {
    id: parseCellId(id) as CellId,
    jurisdiction: 'eu',
    realm: 'eu' as Realm,
    country: 'DE',
    location: 'Frankfurt',
    latitude: 50.11,
    longitude: 8.68,
    url: 'http://127.0.0.1:8181',
    state: 'accepting',
    weight: 100,
  };
}

function cutOf(slot: number): PlacementCut {
  return {
    plan: `evac_${slot % 3}`,
    mode: slot % 2 === 0 ? 'planned' : 'emergency',
    version: 999_999_999_999_000n + BigInt(slot),
    chain: slot.toString(16).padStart(16, 'a'),
  };
}

let planCount = 0;
function planOf(changes: Partial<EvacuationPlan> = {}): EvacuationPlan {
  return {
    id: `evac_contract${(planCount++).toString(36)}`,
    realm: 'eu',
    source: 'eu-de-1',
    target: null,
    mode: 'planned',
    state: 'running',
    slots: null,
    steps: [1, 10, 50, 100],
    watchS: 30,
    sourceIsolated: false,
    reason: 'a rack is to be moved',
    createdAt: '2026-03-01T12:00:00.000Z',
    createdBy: 'operator@platform.example',
    finishedAt: null,
    halt: null,
    weightBefore: 100,
    runner: null,
    counts: { total: 512, moved: 0 },
    pauses: null,
    phasesMs: {},
    ...changes,
  };
}

function reservationOf(changes: Partial<ClaimReservation> = {}): ClaimReservation {
  return {
    kind: 'email',
    hash: freshHash(),
    owner: 'cus_a',
    partition: 'eu-1f3' as Partition,
    leaseMs: 1_000,
    nowMs: 10_000,
    ...changes,
  };
}

/** The suite that every adapter of the directory passes. */
export function describeDirectory(name: string, harness: DirectoryHarness): void {
  describe(`directory on ${name}`, () => {
    let engine: Awaited<ReturnType<DirectoryHarness['start']>>;
    let directory: Directory;
    let other: Directory;

    beforeAll(async () => {
      engine = await harness.start();
      directory = engine.connect();
      other = engine.connect();
      await Promise.all([directory.ensureTables(), other.ensureTables()]);
    });

    afterAll(async () => {
      directory?.close();
      other?.close();
      await engine?.stop();
    });

    it('creates its tables again without harm', async () => {
      const table = tableOf(freshRealm(), 1);
      await directory.createPlacements(table);
      await directory.ensureTables();
      expect(await directory.readPlacements(table.realm)).toEqual(table);
    });

    describePlacements(() => ({ directory, other }));
    describeCells(() => ({ directory, other }));
    describePlans(() => ({ directory, other }));
    describeClaims(() => ({ directory, other }));

    it('says that it is unavailable, with the cause, when nothing answers', async () => {
      const lost = engine.connectToNothing();
      const refused = { code: 'unavailable', cause: expect.anything() };
      await expect(lost.readPlacements(freshRealm())).rejects.toMatchObject(refused);
      await expect(lost.listCells()).rejects.toMatchObject(refused);
      await expect(lost.reserveClaim(reservationOf())).rejects.toMatchObject(refused);
      lost.close();
    });
  });
}

type Clients = () => {
  readonly directory: Directory;
  readonly other: Directory;
};

function describePlacements(clients: Clients): void {
  it('gives back a table as it was written, to every client', async () => {
    const { directory, other } = clients();
    const table = tableOf(freshRealm(), 1);
    expect(await directory.readPlacements(table.realm)).toBeUndefined();
    expect(await directory.createPlacements(table)).toBe('written');
    expect(await other.readPlacements(table.realm)).toEqual(table);
  });

  it('keeps where each history was cut, up to a cut in every slot', async () => {
    const { directory, other } = clients();
    const realm = freshRealm();
    const placements = tableOf(realm, 1).placements.map((placement, slot) => ({
      ...placement,
      cut: cutOf(slot),
    }));
    const table = { realm, version: 1, placements };
    expect(await directory.createPlacements(table)).toBe('written');
    expect(await other.readPlacements(realm)).toEqual(table);
  });

  it('does not create a realm twice', async () => {
    const { directory, other } = clients();
    const table = tableOf(freshRealm(), 1);
    await directory.createPlacements(table);
    expect(await other.createPlacements(tableOf(table.realm, 1, 'us-east-1'))).toBe('conflict');
    expect(await directory.readPlacements(table.realm)).toEqual(table);
  });

  it('sends a table only where it is newer than the one held', async () => {
    const { directory } = clients();
    const realm = freshRealm();
    await directory.createPlacements(tableOf(realm, 1));
    expect(await directory.readPlacements(realm, { ifNewerThan: 1 })).toBeUndefined();
    await directory.replacePlacements(tableOf(realm, 2), 1);
    expect(await directory.readPlacements(realm, { ifNewerThan: 1 })).toEqual(tableOf(realm, 2));
    expect(await directory.readPlacements(realm, { ifNewerThan: 7 })).toBeUndefined();
  });

  it('lets one of many replacements of the same version win', async () => {
    const { directory, other } = clients();
    const realm = freshRealm();
    await directory.createPlacements(tableOf(realm, 1));
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        (i % 2 === 0 ? directory : other).replacePlacements(tableOf(realm, 2, `eu-de-${i}`), 1),
      ),
    );
    const winner = outcomes.indexOf('written');
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
    const stored = await directory.readPlacements(realm);
    expect(stored?.placements[0]?.primary).toBe(`eu-de-${winner}`);
  });

  it('refuses to replace a version that is not there', async () => {
    const { directory } = clients();
    const realm = freshRealm();
    expect(await directory.replacePlacements(tableOf(realm, 2), 1)).toBe('conflict');
    await directory.createPlacements(tableOf(realm, 1));
    expect(await directory.replacePlacements(tableOf(realm, 6), 5)).toBe('conflict');
  });

  it('takes only versions that grow by one', async () => {
    const { directory } = clients();
    const realm = freshRealm();
    await expect(directory.createPlacements(tableOf(realm, 3))).rejects.toThrow(RangeError);
    await expect(directory.replacePlacements(tableOf(realm, 3), 1)).rejects.toThrow(RangeError);
  });
}

function describeCells(clients: Clients): void {
  it('keeps a cell with its version', async () => {
    const { directory, other } = clients();
    const cell = cellOf('eu-keep-1');
    expect(await directory.readCell(cell.id)).toBeUndefined();
    expect(await directory.putCell(cell, undefined)).toBe('written');
    expect(await other.readCell(cell.id)).toEqual({ cell, version: 1 });
    const draining: CellDescriptor = {
      ...cell,
      state: 'draining',
      weight: 0,
      hosts: ['shop.example', 'www.shop.example'],
    };
    expect(await other.putCell(draining, 1)).toBe('written');
    expect(await directory.readCell(cell.id)).toEqual({
      cell: draining,
      version: 2,
    });
  });

  it('keeps what a cell may hold, and which database it is', async () => {
    const { directory, other } = clients();
    const cell: CellDescriptor = {
      ...cellOf('eu-size-1'),
      capacity: { primariesMax: 700, ordersPerMinuteMax: 1_200 },
      incarnation: 'inc_1',
    };
    await directory.putCell(cell, undefined);
    expect((await other.readCell(cell.id))?.cell).toEqual(cell);
  });

  it('refuses a write of a cell that somebody else changed or created', async () => {
    const { directory, other } = clients();
    const cell = cellOf('eu-race-1');
    await directory.putCell(cell, undefined);
    expect(await other.putCell(cell, undefined)).toBe('conflict');
    await directory.putCell(cell, 1);
    expect(await other.putCell({ ...cell, weight: 1 }, 1)).toBe('conflict');
    expect((await directory.readCell(cell.id))?.cell.weight).toBe(100);
  });

  it('lists cells in the order of their ids', async () => {
    const { directory } = clients();
    for (const id of ['eu-zz-2', 'eu-aa-1', 'eu-mm-1']) {
      await directory.putCell(cellOf(id), undefined);
    }
    const ids = (await directory.listCells()).map(({ cell }) => cell.id as string);
    expect(ids).toEqual(ids.toSorted());
    expect(ids).toEqual(expect.arrayContaining(['eu-aa-1', 'eu-mm-1', 'eu-zz-2']));
  });
}

function describePlans(clients: Clients): void {
  it('keeps an evacuation with its version, and lets one of two writers win', async () => {
    const { directory, other } = clients();
    const plan = planOf({ slots: [0, 17, 1_023] });
    expect(await directory.readPlan(plan.id)).toBeUndefined();
    expect(await directory.putPlan(plan, undefined)).toBe('written');
    expect(await other.putPlan(plan, undefined)).toBe('conflict');
    expect(await other.readPlan(plan.id)).toEqual({ plan, version: 1 });
    const moved: EvacuationPlan = {
      ...plan,
      runner: { id: 'run_1', endsAtMs: 1_000 },
      counts: { total: 3, moved: 1 },
      phasesMs: { 'catch-up': 12 },
    };
    expect(await other.putPlan(moved, 1)).toBe('written');
    expect(await directory.putPlan({ ...plan, state: 'paused' }, 1)).toBe('conflict');
    expect(await directory.readPlan(plan.id)).toEqual({ plan: moved, version: 2 });
  });

  it('takes no evacuation that could not be read again', async () => {
    const { directory } = clients();
    const plan = planOf({ steps: [] });
    await expect(directory.putPlan(plan, undefined)).rejects.toThrow(TypeError);
    expect(await directory.readPlan(plan.id)).toBeUndefined();
  });

  it('lists evacuations, the newest first', async () => {
    const { directory, other } = clients();
    const ids = ['2026-03-02', '2026-03-04', '2026-03-03'].map((day) => ({
      ...planOf(),
      createdAt: `${day}T00:00:00.000Z`,
    }));
    for (const plan of ids) await directory.putPlan(plan, undefined);
    const listed = (await other.listPlans()).map(({ plan }) => plan.createdAt);
    expect(listed).toEqual(listed.toSorted().reverse());
    expect(listed.slice(0, 3).map((time) => time.slice(8, 10))).toEqual(['04', '03', '02']);
  });
}

function describeClaims(clients: Clients): void {
  it('gives a name to one of 50 who want it at once', async () => {
    const { directory, other } = clients();
    const hash = freshHash();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % 2 === 0 ? directory : other).reserveClaim(reservationOf({ hash, owner: `cus_${i}` })),
      ),
    );
    const winners = outcomes.flatMap((outcome, i) => (outcome === 'reserved' ? [i] : []));
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome !== 'reserved') expect(outcome.taken.owner).toBe(`cus_${winners[0]}`);
    }
  });

  it('tells who holds a name, and where', async () => {
    const { directory, other } = clients();
    const mine = reservationOf({ owner: 'cus_first' });
    expect(await directory.reserveClaim(mine)).toBe('reserved');
    const taken = {
      owner: 'cus_first',
      partition: 'eu-1f3',
      state: 'reserved',
      leaseEndsAtMs: 11_000,
    };
    expect(await other.reserveClaim({ ...mine, owner: 'cus_second' })).toEqual({
      taken,
    });
    expect(await other.lookUpClaim(mine)).toEqual(taken);
  });

  it('keeps kinds apart, and takes owners that have no partition', async () => {
    const { directory } = clients();
    const email = reservationOf();
    const slug = reservationOf({
      hash: email.hash,
      kind: 'vendor-slug',
      owner: 'ven_a',
      partition: undefined,
    });
    expect(await directory.reserveClaim(email)).toBe('reserved');
    expect(await directory.reserveClaim(slug)).toBe('reserved');
    expect((await directory.lookUpClaim(slug))?.partition).toBeUndefined();
  });

  it('lets the owner renew, and others take over only when the lease has ended', async () => {
    const { directory } = clients();
    const mine = reservationOf();
    const theirs = { ...mine, owner: 'cus_b' };
    await directory.reserveClaim(mine);
    expect(await directory.reserveClaim({ ...mine, nowMs: 10_900 })).toBe('reserved');
    expect(await directory.reserveClaim({ ...theirs, nowMs: 11_899 })).toMatchObject({
      taken: { owner: 'cus_a' },
    });
    expect(await directory.reserveClaim({ ...theirs, nowMs: 11_900 })).toBe('reserved');
    expect(await directory.confirmClaim(mine, 'cus_a')).toBe('lost');
    expect(await directory.confirmClaim(mine, 'cus_b')).toBe('confirmed');
  });

  it('keeps a confirmed name for ever, from its owner as well', async () => {
    const { directory } = clients();
    const mine = reservationOf();
    await directory.reserveClaim(mine);
    expect(await directory.confirmClaim(mine, 'cus_a')).toBe('confirmed');
    expect(await directory.confirmClaim(mine, 'cus_a')).toBe('confirmed');
    const taken = {
      owner: 'cus_a',
      partition: 'eu-1f3',
      state: 'confirmed',
      leaseEndsAtMs: undefined,
    };
    const later = { ...mine, nowMs: 10_000_000 };
    expect(await directory.reserveClaim({ ...later, owner: 'cus_b' })).toEqual({
      taken,
    });
    expect(await directory.reserveClaim(later)).toEqual({ taken });
  });

  it('lets only the owner release a name, once or twice', async () => {
    const { directory } = clients();
    const mine = reservationOf();
    await directory.reserveClaim(mine);
    await directory.confirmClaim(mine, 'cus_a');
    expect(await directory.releaseClaim(mine, 'cus_b')).toBe('not-owner');
    expect(await directory.releaseClaim(mine, 'cus_a')).toBe('released');
    expect(await directory.releaseClaim(mine, 'cus_a')).toBe('released');
    expect(await directory.lookUpClaim(mine)).toBeUndefined();
    expect(await directory.confirmClaim(mine, 'cus_a')).toBe('lost');
    expect(await directory.reserveClaim({ ...mine, owner: 'cus_b' })).toBe('reserved');
  });

  it('takes no name in clear for a hash', async () => {
    const { directory } = clients();
    await expect(
      directory.reserveClaim(reservationOf({ hash: 'ada@example.org' })),
    ).rejects.toThrow(RangeError);
    await expect(directory.reserveClaim(reservationOf({ leaseMs: 0 }))).rejects.toThrow(RangeError);
  });
}
