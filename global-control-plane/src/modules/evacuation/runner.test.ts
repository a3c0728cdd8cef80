import {
  type CellId,
  type Partition,
  partitionAt,
  type Realm,
  SLOTS_PER_REALM,
} from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { startLocalDynamoDb } from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { type Clock, createManualClock } from '@commerce/service/clock';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEmergency } from './emergency.ts';
import { type Interrupt, ModelWorld } from './model-cells.fixture.ts';
import { LEASE_MS } from './plan-keeper.ts';
import { ControlFault } from './ports.ts';
import { createPlan, wishState } from './requests.ts';
import { type RunnerDeps, type RunResult, runPlan } from './index.ts';

const [DE, FR, NL] = ['eu-de-1', 'eu-fr-1', 'eu-nl-1'] as CellId[] as [CellId, CellId, CellId];
const SLOTS = [0, 1, 2, 3, 4];

let local: Awaited<ReturnType<typeof startLocalDynamoDb>>;
let directory: Directory;
let realms = 0;

beforeAll(async () => {
  local = await startLocalDynamoDb();
  directory = createDynamoDirectory({ endpoint: local.endpoint });
  await directory.ensureTables();
});
afterAll(async () => {
  directory?.close();
  await local?.stop();
});

/** A realm of its own, with a few partitions in model cells, and a plan to empty eu-de-1. */
async function setUp(options: { target?: CellId; standby?: CellId; mode?: 'emergency' } = {}) {
  const realm = `rt${(realms++).toString(36)}` as Realm;
  const standby = options.standby ?? FR;
  const placements = Array.from({ length: SLOTS_PER_REALM }, (_, slot) =>
    SLOTS.includes(slot)
      ? { primary: DE, standby, epoch: 1 }
      : { primary: FR, standby: DE, epoch: 1 },
  );
  await directory.createPlacements({ realm, version: 1, placements });
  const world = new ModelWorld(directory, realm);
  const partitions = SLOTS.map((slot) => partitionAt(realm, slot));
  for (const partition of partitions) world.place(partition, DE, standby);
  const clock = createManualClock(1_000_000);
  const created = await createPlan(
    { directory, clock },
    realm,
    {
      source: `${DE}` as CellId,
      target: options.target,
      mode: options.mode ?? 'planned',
      slots: SLOTS,
      steps: [100],
      watchS: 0,
      sourceIsolated: false,
      reason: 'a test',
      by: 'tests',
    },
    SLOTS.length,
  );
  if (!('created' in created)) throw new Error('another plan is under way');
  return { realm, world, partitions, clock, plan: created.created };
}

type Scene = Awaited<ReturnType<typeof setUp>>;
let runners = 0;

function depsOf(scene: Scene, more: Partial<RunnerDeps> = {}): RunnerDeps {
  let elapsed = 0;
  return {
    directory,
    cells: (cell) => scene.world.cell(cell),
    routers: [],
    clock: scene.clock,
    elapsedMs: () => elapsed++,
    sleep: (ms) => {
      elapsed += ms;
      scene.clock.advance(ms);
      return Promise.resolve();
    },
    runnerId: `run_${runners++}`,
    batchSize: 2,
    ...more,
  };
}

const run = (scene: Scene, more?: Partial<RunnerDeps>): Promise<RunResult> =>
  runPlan(depsOf(scene, more), scene.plan.id, new AbortController().signal);

/** Writes to every partition wherever it is primary, as shoppers do all the time. */
function writeEverywhere(scene: Scene): void {
  for (const partition of scene.partitions) {
    for (const cell of [DE, FR, NL]) scene.world.cell(cell).write(partition);
  }
}

async function expectWholeAt(scene: Scene, cell: CellId): Promise<void> {
  expect(scene.world.offences).toEqual([]);
  expect(scene.world.diverged).toEqual([]);
  const table = await directory.readPlacements(scene.realm);
  for (const [index, partition] of scene.partitions.entries()) {
    expect(scene.world.primariesOf(partition)).toEqual([cell]);
    expect(table?.placements[index]?.primary).toBe(cell);
    const before = scene.world.headOf(partition);
    expect(scene.world.cell(cell).write(partition)).toBe(true);
    expect(scene.world.headOf(partition)).toBe(before + 1);
  }
  expect(scene.world.offences).toEqual([]);
}

describe('a planned evacuation', () => {
  it('moves every partition to its standby, and back, with writes all the while', async () => {
    const scene = await setUp();
    scene.world.interrupt = () => writeEverywhere(scene);
    const there = await run(scene);
    expect(there).toMatchObject({ outcome: 'ended', plan: { state: 'done' }, blocked: [] });
    await expectWholeAt(scene, FR);
    expect(there.plan?.counts).toEqual({ total: 5, moved: 5 });
    expect(there.plan?.pauses?.count).toBe(5);
    await wishState({ directory, clock: scene.clock }, scene.plan.id, 'rolling-back');
    expect((await run(scene)).plan?.state).toBe('rolled-back');
    await expectWholeAt(scene, DE);
  });

  it('copies partitions first to a cell that is not their standby', async () => {
    const scene = await setUp({ target: NL });
    scene.world.interrupt = () => writeEverywhere(scene);
    expect((await run(scene)).plan?.state).toBe('done');
    await expectWholeAt(scene, NL);
  });

  it('stops at a pause with nothing fenced, and goes on from there', async () => {
    const scene = await setUp();
    let fences = 0;
    scene.world.interrupt = (moment, call) => {
      if (moment === 'after' && call === 'fence') fences += 1;
    };
    const paused = await run(scene, {
      onProgress: ({ phase, moved }) => {
        if (phase === 'flip' && moved === 2)
          void wishState({ directory, clock: scene.clock }, scene.plan.id, 'paused');
      },
      sleep: () => Promise.resolve(),
      clock: impatientClock(scene),
    });
    expect(paused.plan?.state).toBe('paused');
    expect(fences).toBeLessThan(3);
    for (const partition of scene.partitions) {
      expect(scene.world.primariesOf(partition)).toHaveLength(1);
    }
    await wishState({ directory, clock: scene.clock }, scene.plan.id, 'running');
    expect((await run(scene)).plan?.state).toBe('done');
    await expectWholeAt(scene, FR);
  });

  it('lets the source go on where the target does not reach the cut, and halts with the reason', async () => {
    const scene = await setUp();
    const [late] = scene.partitions as [Partition];
    scene.world.cell(FR).stuck.add(late);
    scene.world.cell(DE).write(late);
    const halted = await run(scene, { stallMs: 2_000 });
    expect(halted.plan).toMatchObject({ state: 'halted', counts: { moved: 4 } });
    expect(halted.plan?.halt).toContain('1 partitions can not be moved');
    expect(scene.world.primariesOf(late)).toEqual([DE]);
    expect(scene.world.cell(DE).write(late)).toBe(true);
  });

  it('halts where the source is gone, and touches nothing', async () => {
    const scene = await setUp();
    scene.world.cell(DE).isSilent = true;
    const halted = await run(scene, { stallMs: 1_000 });
    expect(halted.plan?.state).toBe('halted');
    expect(halted.blocked).toHaveLength(5);
    expect((await directory.readPlacements(scene.realm))?.version).toBe(1);
  });

  it('leaves a plan alone that another runner works at', async () => {
    const scene = await setUp();
    const stored = await directory.readPlan(scene.plan.id);
    const runner = { id: 'run_other', endsAtMs: scene.clock.nowMs() + LEASE_MS };
    await directory.putPlan({ ...scene.plan, runner }, stored?.version);
    expect((await run(scene)).outcome).toBe('busy');
    scene.clock.advance(LEASE_MS + 1);
    expect((await run(scene)).plan?.state).toBe('done');
  });
});

/** Each look at it takes a second, so that a runner gives a sign of life after every batch. */
function impatientClock(scene: Scene): Clock {
  const nowMs = (): number => {
    scene.clock.advance(1_000);
    return scene.clock.nowMs();
  };
  return { nowMs, now: () => new Date(nowMs()) };
}

class Killed extends Error {}

/**
 * Counts the calls of a run and stops it at one of them: the process is gone, before or after the
 * effect. Other calls lose their answers.
 */
function interruptAt(
  scene: Scene,
  killAt: number,
  losses: ReadonlySet<number>,
): { interrupt: Interrupt; count: () => number } {
  let count = 0;
  return {
    count: () => count,
    interrupt: () => {
      writeEverywhere(scene);
      count += 1;
      if (count === killAt) throw new Killed();
      if (losses.has(count)) throw new ControlFault('silent', 'the answer was lost');
    },
  };
}

describe('I1, I4: a runner that is killed anywhere', () => {
  it('leaves what the next one brings to its end, with one primary a partition', async () => {
    const kills = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });
    const losses = fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(kills, losses, fc.boolean(), async (killsAt, lost, isSeeded) => {
        const scene = await setUp(isSeeded ? { target: NL } : {});
        for (const killAt of killsAt) {
          const { interrupt } = interruptAt(scene, killAt, new Set(lost));
          scene.world.interrupt = interrupt;
          await run(scene).catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
          });
          scene.clock.advance(LEASE_MS + 1);
          expect(scene.world.offences).toEqual([]);
        }
        scene.world.interrupt = () => writeEverywhere(scene);
        await wishState({ directory, clock: scene.clock }, scene.plan.id, 'running');
        const last = await run(scene);
        expect(last.plan?.state).toBe('done');
        await expectWholeAt(scene, isSeeded ? NL : FR);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('can be rolled back from wherever it was left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        async (a, b) => {
          const scene = await setUp();
          for (const [killAt, wish] of [
            [a, 'rolling-back'],
            [b, 'rolling-back'],
          ] as const) {
            scene.world.interrupt = interruptAt(scene, killAt, new Set()).interrupt;
            await run(scene).catch((error: unknown) => {
              if (!(error instanceof Killed)) throw error;
            });
            scene.clock.advance(LEASE_MS + 1);
            await wishState({ directory, clock: scene.clock }, scene.plan.id, wish);
          }
          scene.world.interrupt = () => writeEverywhere(scene);
          await run(scene);
          await expectWholeAt(scene, DE);
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);

  it('does no harm beside another one that does not know of it', async () => {
    const scene = await setUp();
    scene.world.interrupt = () => writeEverywhere(scene);
    // Both think that the other one's lease has ended.
    const skewed = {
      ...depsOf(scene),
      clock: { now: () => new Date(9_000_000_000_000), nowMs: () => 9_000_000_000_000 },
    };
    const signal = new AbortController().signal;
    const results = await Promise.all([
      runPlan(depsOf(scene), scene.plan.id, signal),
      runPlan(skewed, scene.plan.id, signal),
    ]);
    scene.clock.advance(LEASE_MS + 1);
    expect(results.map(({ outcome }) => outcome)).toContain('ended');
    await expectWholeAt(scene, FR);
  });

  it('is caught where the fence does not hold (negative control)', async () => {
    const scene = await setUp();
    scene.world.isFenceOff = true;
    scene.world.interrupt = (moment, call) => {
      if (moment === 'after' && (call === 'await' || call === 'refresh')) writeEverywhere(scene);
    };
    await run(scene, { stallMs: 1_000 });
    expect([...scene.world.offences, ...scene.world.diverged]).not.toEqual([]);
  });
});

describe('an emergency', () => {
  it('is refused while nobody has said that a silent source is isolated', async () => {
    const scene = await setUp({ mode: 'emergency' });
    scene.world.cell(DE).isSilent = true;
    expect((await runEmergency(depsOf(scene), scene.plan.id)).outcome).toBe('not-isolated');
    expect((await directory.readPlacements(scene.realm))?.version).toBe(1);
  });

  it('makes the standbys primaries with what they have, and tells the gap that routers saw', async () => {
    const scene = await setUp({ mode: 'emergency' });
    const [first, second] = scene.partitions as [Partition, Partition];
    writeEverywhere(scene);
    for (const partition of scene.partitions) scene.world.cell(FR).catchUp(partition);
    for (let i = 0; i < 3; i += 1) scene.world.cell(DE).write(first);
    scene.world.cell(DE).isSilent = true;
    const stored = await directory.readPlan(scene.plan.id);
    await directory.putPlan({ ...scene.plan, sourceIsolated: true }, stored?.version);
    const seen = new Map([
      [first, { epoch: 1n, version: 4n }],
      [second, { epoch: 1n, version: 1n }],
    ]);
    const routers = [
      {
        url: 'http://router-1',
        refresh: () => Promise.resolve(2),
        status: () => Promise.reject(new Error('nobody asks')),
        positions: () => Promise.resolve(seen),
      },
      {
        url: 'http://router-2',
        refresh: () => Promise.reject(new ControlFault('silent', 'away')),
        status: () => Promise.reject(new Error('nobody asks')),
        positions: () => Promise.reject(new ControlFault('silent', 'away')),
      },
    ];
    const result = await runEmergency(depsOf(scene, { routers }), scene.plan.id);
    expect(result).toMatchObject({ outcome: 'ended', fenced: 0, plan: { state: 'done' } });
    expect(result.promoted).toHaveLength(5);
    expect(result.gaps).toEqual([
      {
        partition: first,
        seen: { epoch: 1n, version: 4n },
        applied: { epoch: 1n, version: 1n },
        versions: 3n,
      },
    ]);
    expect(result.silentRouters).toEqual(['http://router-2']);
    for (const partition of scene.partitions) {
      expect(scene.world.cell(FR).partitions.get(partition)?.role).toBe('primary');
    }
  });

  it('goes on where it was killed after the switch, and can be rolled back once the source is there', async () => {
    const scene = await setUp({ mode: 'emergency' });
    writeEverywhere(scene);
    for (const partition of scene.partitions) scene.world.cell(FR).catchUp(partition);
    scene.world.cell(DE).isSilent = true;
    const stored = await directory.readPlan(scene.plan.id);
    await directory.putPlan({ ...scene.plan, sourceIsolated: true }, stored?.version);
    scene.world.interrupt = (_moment, call) => {
      if (call === 'refresh') throw new Killed();
    };
    await expect(runEmergency(depsOf(scene), scene.plan.id)).rejects.toThrow(Killed);
    scene.clock.advance(LEASE_MS + 1);
    scene.world.interrupt = () => undefined;
    const again = await runEmergency(depsOf(scene), scene.plan.id);
    expect(again).toMatchObject({ plan: { state: 'done', counts: { total: 5, moved: 5 } } });
    expect(again.promoted).toHaveLength(5);
    scene.world.cell(DE).isSilent = false;
    await scene.world.cell(DE).refresh();
    await wishState({ directory, clock: scene.clock }, scene.plan.id, 'rolling-back');
    scene.world.interrupt = () => writeEverywhere(scene);
    expect((await run(scene)).plan?.state).toBe('rolled-back');
    await expectWholeAt(scene, DE);
  });

  it('loses nothing where the source still answers: it is fenced first', async () => {
    const scene = await setUp({ mode: 'emergency' });
    writeEverywhere(scene);
    const result = await runEmergency(depsOf(scene), scene.plan.id);
    expect(result).toMatchObject({ outcome: 'ended', fenced: 5, gaps: [], stranded: [] });
    await scene.world.cell(DE).refresh();
    await expectWholeAt(scene, FR);
  });

  it('leaves partitions with the source whose copy was never whole, and names them', async () => {
    const scene = await setUp({ mode: 'emergency' });
    const [bare] = scene.partitions as [Partition];
    const copy = scene.world.cell(FR).partitions.get(bare);
    if (copy !== undefined) copy.copy = 'seeding';
    scene.world.cell(FR).stuck.add(bare);
    const result = await runEmergency(depsOf(scene), scene.plan.id);
    expect(result.stranded).toEqual([
      { partition: bare, reason: 'the copy in eu-fr-1 was never whole' },
    ]);
    expect(scene.world.primariesOf(bare)).toEqual([DE]);
  });
});
