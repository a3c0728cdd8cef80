import { spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { environment } from '../src/fleet/environments.ts';
import { planCell, planFleet, type Unit } from '../src/fleet/plan.ts';
import { backupSteps, restoreSteps } from '../src/operations/backups.ts';
import { readScalar } from '../src/operations/cloud-target.ts';
import { databaseCertificateSteps } from '../src/operations/database-certificates.ts';
import { ensureSecrets } from '../src/operations/ensure-secrets.ts';
import { readAnswers } from '../src/operations/local-target.ts';
import { newCellSteps } from '../src/operations/new-cell.ts';
import {
  judge,
  type Observation,
  rollOut,
  type RolloutPlan,
  type RolloutTarget,
} from '../src/operations/rollout.ts';
import { commandLine, realRunner } from '../src/operations/steps.ts';
import type { Vaults } from '../src/operations/vaults.ts';
import { allSecrets, secretsHeldBy } from '../src/settings/secrets.ts';

const PLAN: RolloutPlan = {
  waves: [['sa-east-2'], ['eu-nl-1'], ['eu-de-1', 'us-west-1']],
  version: 'v1.1.0',
  previous: 'v1.0.0',
  bakeMs: 60_000,
};

/** Cells that have a release each and answer a thousand requests a minute; some releases fail. */
function cellsThat(options: {
  readonly fail?: string;
  readonly notReady?: string;
  readonly stuck?: string;
}) {
  const releases = new Map<string, string>();
  const counts = new Map<string, Observation>();
  const rolls: string[] = [];
  let nowMs = 0;
  const target: RolloutTarget = {
    roll(cell, version) {
      rolls.push(`${cell} ${version}`);
      if (cell === options.stuck && version === PLAN.previous) throw new Error('no answer');
      releases.set(cell, version);
      if (cell === options.notReady && version === PLAN.version)
        throw new Error('it was not ready');
      return Promise.resolve();
    },
    observe(cell) {
      const isBad = cell === options.fail && releases.get(cell) === PLAN.version;
      const { requests, failures } = counts.get(cell) ?? { requests: 0, failures: 0 };
      const next = { requests: requests + 1_000, failures: failures + (isBad ? 20 : 0) };
      counts.set(cell, next);
      return Promise.resolve(next);
    },
  };
  const run = () =>
    rollOut(PLAN, {
      target,
      say: () => undefined,
      now: () => nowMs,
      sleep(ms) {
        nowMs += ms;
        return Promise.resolve();
      },
    });
  return { run, rolls, releases, watchedMs: () => nowMs };
}

describe('a rollout', () => {
  test('goes by waves, and watches each for as long as was asked', async () => {
    const cells = cellsThat({});
    expect(await cells.run()).toEqual({
      outcome: 'done',
      cells: ['sa-east-2', 'eu-nl-1', 'eu-de-1', 'us-west-1'],
    });
    expect(cells.watchedMs()).toBe(3 * PLAN.bakeMs);
  });

  test('ends at the canary where the canary fails its shoppers', async () => {
    const cells = cellsThat({ fail: 'sa-east-2' });
    expect(await cells.run()).toMatchObject({
      outcome: 'rolled-back',
      reason: 'sa-east-2: 20 of 1000 requests failed',
      stranded: [],
    });
    expect(cells.rolls).toEqual(['sa-east-2 v1.1.0', 'sa-east-2 v1.0.0']);
    // The rest of the bake is not waited for.
    expect(cells.watchedMs()).toBeLessThan(PLAN.bakeMs);
  });

  test('brings back every cell that had the release, the newest first', async () => {
    const cells = cellsThat({ notReady: 'us-west-1' });
    expect(await cells.run()).toMatchObject({
      outcome: 'rolled-back',
      reason: 'us-west-1: it was not ready',
    });
    expect(cells.rolls.slice(-4)).toEqual([
      'us-west-1 v1.0.0',
      'eu-de-1 v1.0.0',
      'eu-nl-1 v1.0.0',
      'sa-east-2 v1.0.0',
    ]);
    expect(new Set(cells.releases.values())).toEqual(new Set(['v1.0.0']));
  });

  test('names the cells that could not be brought back, and goes on with the others', async () => {
    const cells = cellsThat({ fail: 'eu-de-1', stuck: 'eu-nl-1' });
    expect(await cells.run()).toMatchObject({ outcome: 'rolled-back', stranded: ['eu-nl-1'] });
    expect(cells.releases.get('sa-east-2')).toBe('v1.0.0');
  });
});

test('a few faults among few requests are no verdict, the fast alert’s rate is', () => {
  const none = { requests: 0, failures: 0 };
  expect(judge(none, { requests: 40, failures: 2 })).toBeUndefined();
  expect(judge(none, { requests: 40, failures: 3 })).toBe('3 of 40 requests failed');
  expect(judge(none, { requests: 100_000, failures: 144 })).toBeUndefined();
  expect(judge(none, { requests: 100_000, failures: 145 })).toContain('145');
  // A router that was started anew counts from zero.
  expect(judge({ requests: 500, failures: 100 }, { requests: 10, failures: 1 })).toBeUndefined();
  expect(judge(undefined, none)).toContain('nothing is known');
});

test('counters are read as routers and Prometheus write them', () => {
  const metrics = [
    '# TYPE router_cell_answers_total counter',
    'router_cell_answers_total{cell="eu-de-1",class="2xx"} 120',
    'router_cell_answers_total{cell="eu-de-1",class="5xx"} 3',
    'router_cell_answers_total{cell="eu-de-10",class="5xx"} 9',
  ].join('\n');
  expect(readAnswers(metrics, 'eu-de-1')).toEqual({ requests: 123, failures: 3 });
  expect(readScalar('{"data":{"result":[{"value":[1,"42.5"]}]}}')).toBe(42.5);
  expect(readScalar('{"data":{"result":[]}}')).toBe(0);
});

function memoryVaults() {
  const stored = new Map<string, string>();
  const key = (unit: Unit, name: string): string => `${unit.names.keyVault} ${name}`;
  const vaults: Vaults = {
    read: (unit, name) => Promise.resolve(stored.get(key(unit, name))),
    write(unit, name, text) {
      stored.set(key(unit, name), text);
      return Promise.resolve();
    },
  };
  return { vaults, read: (unit: Unit, name: string) => stored.get(key(unit, name)) };
}

describe('secrets', () => {
  const fleet = planFleet(environment('staging'));
  const [de, fr, east] = fleet.cells;
  if (de === undefined || fr === undefined || east === undefined) throw new Error('no cells');

  test('are made once, shared by those who may have them, and by nobody else', async () => {
    const { vaults, read } = memoryVaults();
    expect(await ensureSecrets(fleet, vaults)).toBeGreaterThan(30);
    expect(await ensureSecrets(fleet, vaults)).toBe(0);
    expect(read(de, 'claims')).toMatch(/^[0-9a-f]{64}$/);
    expect(read(east, 'claims')).toBe(read(de, 'claims'));
    expect(read(de, 'realm-signing')).toBe(read(fr, 'realm-signing'));
    expect(read(de, 'realm-signing')).not.toBe(read(east, 'realm-signing'));
    for (const unit of [fleet.controlPlane, ...fleet.routers, ...fleet.cells]) {
      for (const name of Object.keys(allSecrets())) {
        if (!secretsHeldBy(unit.kind).includes(name)) {
          expect(read(unit, name), `${unit.id} ${name}`).toBeUndefined();
        }
      }
    }
  });

  test('the list of the realms’ keys verifies what each realm signs, and holds no private part', async () => {
    const { vaults, read } = memoryVaults();
    await ensureSecrets(fleet, vaults);
    const list = JSON.parse(read(de, 'realm-jwks') ?? '{}') as { keys: { kid: string }[] };
    expect(list.keys).toHaveLength(2);
    expect(JSON.stringify(list)).not.toContain('"d"');
    expect(read(east, 'realm-jwks')).toBe(read(de, 'realm-jwks'));
    for (const cell of [de, east]) {
      const own = JSON.parse(read(cell, 'realm-signing') ?? '{}') as { kid: string };
      expect(list.keys).toContainEqual(expect.objectContaining({ kid: own.kid }));
      expect(createPrivateKey({ key: own, format: 'jwk' }).asymmetricKeyType).toBe('ec');
    }
  });

  test('a new cell gets those of its jurisdiction, and the old ones keep theirs', async () => {
    const { vaults, read } = memoryVaults();
    await ensureSecrets(fleet, vaults);
    const before = read(de, 'realm-signing');
    const grown = {
      ...environment('staging'),
      cells: [...environment('staging').cells, 'eu-nl-1'],
    };
    await ensureSecrets(planFleet(grown), vaults);
    expect(read(planCell(grown, 'eu-nl-1'), 'realm-signing')).toBe(before);
    expect(read(de, 'realm-signing')).toBe(before);
  });

  test('never stand in a command', async () => {
    const cell = planCell(environment('production'), 'eu-de-1');
    for (const step of databaseCertificateSteps(cell, '/tmp/certificates')) {
      expect(step.words.some((word) => word.startsWith('--value'))).toBe(false);
    }
    const said: string[] = [];
    const secret = { says: 'writing', program: 'cat', words: ['-'], input: 'hush' };
    const { output } = await realRunner((line) => said.push(line)).run(secret);
    expect(output).toBe('hush');
    expect(said.join() + commandLine(secret)).not.toContain('hush');
  });
});

describe('steps', () => {
  const fleet = planFleet(environment('production'));
  const cell = planCell(environment('production'), 'eu-nl-1');
  const lines = (steps: readonly Parameters<typeof commandLine>[0][]): string =>
    steps.map(commandLine).join('\n');

  test('a new cell stands before anybody is told of it, and takes shoppers last', () => {
    const written = { stacks: 'stacks', manifests: 'manifests' };
    const first = { donor: 'eu-de-1', partitions: ['eu-000'] };
    const text = lines(newCellSteps(fleet, cell, written, first));
    const order = [
      'stacks/router-westeurope apply',
      'stacks/cell-eu-nl-1 apply',
      'stacks/global apply',
      'secrets production --unit eu-nl-1',
      'apply --kustomize manifests/cell-eu-nl-1',
      'rollout status deployment/cell',
      'cells add eu-nl-1 --url https://eu-nl-1.internal.commerce.example',
      'evacuate run eu-de-1 --to eu-nl-1 --partitions eu-000',
    ].map((part) => {
      const at = text.indexOf(part);
      expect(at, part).toBeGreaterThanOrEqual(0);
      return at;
    });
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test('a restore never serves shoppers from a half restored database', () => {
    const text = lines(restoreSteps(cell, 'restore-1', { at: '2026-05-04T10:00:00Z' }));
    const order = [
      'cells drain',
      'evacuate run',
      'paused-replicas=0',
      'create --filename',
      'paused-replicas-',
      'verify --cell',
      'evacuate rollback',
      'cells undrain',
    ].map((part) => text.indexOf(part));
    expect(order.every((at) => at >= 0)).toBe(true);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    const [job] = restoreSteps(cell, 'restore-1', { at: '2026-05-04T10:00:00Z' }).flatMap(
      ({ input }) => input ?? [],
    );
    // The job is a text in a text: long lines are folded there.
    const plain = job?.replaceAll(/\s+/g, ' ');
    expect(plain).toContain("AS OF SYSTEM TIME '2026-05-04T10:00:00Z'");
    expect(plain).toContain('ALTER DATABASE restored RENAME TO cell;');
  });

  test('a backup goes where the schedule’s go', () => {
    const [job] = backupSteps(cell, 'backup-1').flatMap(({ input }) => input ?? []);
    expect(job).toContain("BACKUP INTO LATEST IN 'external://backups'");
  });
});

describe('the command', () => {
  const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const run = (...words: string[]) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...words], {
      encoding: 'utf8',
    });
    return { stdout, stderr, status };
  };

  test('dry runs print what would be run, in order, and run nothing', () => {
    const { stdout, status } = run(
      'deploy',
      'production',
      '--version',
      'v1.1.0',
      '--previous',
      'v1.0.0',
      '--dry-run',
    );
    expect(status).toBe(0);
    const cells = [...stdout.matchAll(/^kubectl --context aks-cmrc-prd-cell-(\S+) apply/gm)].map(
      ([, cell]) => cell,
    );
    expect(cells).toEqual(environment('production').waves.flat());
    expect(
      run('new-cell', 'production', 'eu-nl-1', '--version', 'v1.0.0', '--dry-run').status,
    ).toBe(0);
    expect(run('backup', 'production', 'eu-de-1', '--name', 'a', '--dry-run').stdout).toContain(
      'job/backup-a',
    );
    expect(run('restore', 'production', 'eu-de-1', '--name', 'a', '--dry-run').stdout).toContain(
      'job/restore-a',
    );
    expect(run('secrets', 'dev', '--unit', 'eu-de-1', '--dry-run').stdout).toContain(
      'cockroach cert create-ca',
    );
  });

  test('synth writes every stack of production within a minute and two gibibytes', () => {
    const begun = performance.now();
    const folder = mkdtempSync(path.join(tmpdir(), 'infra-synth-'));
    try {
      const { stdout, status } = run('synth', 'production', '--output', folder);
      expect(status).toBe(0);
      expect(performance.now() - begun).toBeLessThan(60_000);
      expect(Number(/at most (\d+) MiB/.exec(stdout)?.[1])).toBeLessThan(2_048);
      const fleet = planFleet(environment('production'));
      expect(readdirSync(folder)).toHaveLength(1 + fleet.routers.length + fleet.cells.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('what is wrong is said in one line with its cure', () => {
    expect(run('deploy', 'production', '--version', '1.1').stderr).toBe(
      '--version names no release: 1.1. Give one, such as --version v1.4.2.\n',
    );
    expect(run('deploy', 'mars', '--version', 'v1.0.0', '--previous', 'v0.9.0')).toMatchObject({
      status: 2,
      stderr: 'There is no environment "mars". Name one of dev, staging, production.\n',
    });
    expect(run('restore', 'production', 'eu-de-1', '--name', 'a', '--at', 'yesterday').status).toBe(
      2,
    );
    expect(run('fly').stderr).toContain('There is no command "fly".');
  });
});
