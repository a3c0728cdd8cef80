import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cellLocation } from '@commerce/contracts/cell-locations';
import {
  type CellId,
  newPartitionId,
  partitionAt,
  type Realm,
  SLOTS_PER_REALM,
} from '@commerce/contracts/ids';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { startLocalDynamoDb } from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { formatRequest } from '../../harness/connection.ts';
import type { LoadResult } from '../driver.ts';
import { readAtRate } from '../rate.ts';
import { hasHaproxy, type RunningProxy, startRouterProcess } from '../router-processes.ts';
import type { StandInMode } from '../stand-in/main.ts';
import type { Measurement, StandAloneSuite, SuiteResult } from '../suite.ts';

/** A steady load on one cell while another one, with shoppers of its own, goes wrong in four ways. */

const [CELL_A, CELL_B] = ['eu-de-1', 'eu-fr-1'] as const;
const PHASE_MS = 15_000;
const LOAD = { a: 300, b: 60 } as const;
const CONNECTIONS = { a: 16, b: 16 } as const;
const P99_RATIO_MAX = 1.2;
/** Two windows of one steady state differ by this much on a machine that others use too. */
const NOISE_MS = 1;
const STAND_IN = fileURLToPath(new URL('../stand-in/main.ts', import.meta.url));

interface StandIn {
  readonly child: ChildProcess;
  readonly url: string;
}

async function startStandIn(): Promise<StandIn> {
  const child = fork(STAND_IN);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${port}` };
}

const TROUBLES: readonly {
  readonly name: string;
  begin(cell: StandIn): void;
  end(cell: StandIn): void;
}[] = [
  speak('answers after 2 s', 'slow'),
  speak('answers garbage', 'garbage'),
  {
    name: 'hangs (SIGSTOP)',
    begin: ({ child }) => void child.kill('SIGSTOP'),
    end: ({ child }) => void child.kill('SIGCONT'),
  },
  // Last, as it does not come back.
  { name: 'is killed', begin: ({ child }) => void child.kill('SIGKILL'), end: () => undefined },
];

function speak(name: string, mode: StandInMode) {
  const tell = (to: StandInMode) => (cell: StandIn) => void cell.child.send(to);
  return { name, begin: tell(mode), end: tell('well') };
}

export const containment: StandAloneSuite = {
  name: 'containment',
  async runAlone(say): Promise<SuiteResult> {
    const measurements: Measurement[] = [];
    const notes = [
      `${LOAD.a} requests/s for a cell and ${LOAD.b} for another one of the same realm, each over ${CONNECTIONS.a} connections; the two are stand-ins that answer a page of 2.7 KB. The second goes wrong for ${PHASE_MS / 1_000} s in each way. The ratio is that of p99 to the one before. The goal: no failed request of the first, and a p99 of at most ${P99_RATIO_MAX} times that before (or ${NOISE_MS} ms more).`,
    ];
    for (const dataPlane of ['node', 'haproxy'] as const) {
      if (dataPlane === 'haproxy' && !hasHaproxy()) {
        notes.push('HAProxy is not installed on this machine: its data plane is left out.');
        continue;
      }
      measurements.push(...(await measurePlane(dataPlane, say)));
    }
    return { title: 'A cell that fails beside another', measurements, notes };
  },
};

async function measurePlane(
  dataPlane: 'node' | 'haproxy',
  say: (line: string) => void,
): Promise<Measurement[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-keys-'));
  const keyFile = (name: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, randomBytes(32).toString('hex'));
    return file;
  };
  const dynamo = await startLocalDynamoDb();
  const cells = { a: await startStandIn(), b: await startStandIn() };
  let router: RunningProxy | undefined;
  try {
    await fillDirectory(dynamo.endpoint, cells);
    router = await startRouterProcess({
      dataPlane,
      directoryEndpoint: dynamo.endpoint,
      pinKeyFile: keyFile('pin.key'),
      routedAuthKeyFile: keyFile('routed.key'),
    });
    return await measurePhases(dataPlane, router.port, cells.b, say);
  } finally {
    await router?.stop();
    for (const { child } of Object.values(cells)) child.kill('SIGKILL');
    await dynamo.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fillDirectory(
  endpoint: string,
  cells: { readonly a: StandIn; readonly b: StandIn },
): Promise<void> {
  const directory = createDynamoDirectory({ endpoint });
  await directory.ensureTables();
  for (const [id, { url }] of [
    [CELL_A, cells.a],
    [CELL_B, cells.b],
  ] as const) {
    const location = cellLocation(id);
    if (location === undefined) throw new Error(`the cell ${id} has no location`);
    await directory.putCell({ ...location, url, state: 'accepting', weight: 100 }, undefined);
  }
  const placements = Array.from({ length: SLOTS_PER_REALM }, (_, slot) => ({
    primary: (slot % 2 === 0 ? CELL_A : CELL_B) as CellId,
    standby: (slot % 2 === 0 ? CELL_B : CELL_A) as CellId,
    epoch: 1,
  }));
  await directory.createPlacements({ realm: 'eu' as Realm, version: 1, placements });
  directory.close();
}

/** Requests for carts of one cell's partitions: an id in the path needs no pin. */
function requestsFor(remainder: 0 | 1): Buffer[] {
  return Array.from({ length: 64 }, (_, index) => {
    const cart = newPartitionId('cart', partitionAt('eu' as Realm, index * 2 + remainder));
    return Buffer.from(formatRequest('GET', `/v1/carts/${cart}`, {}));
  });
}

async function measurePhases(
  dataPlane: string,
  port: number,
  failing: StandIn,
  say: (line: string) => void,
): Promise<Measurement[]> {
  const readBoth = async (): Promise<{
    result: LoadResult;
    faults: number;
    othersFaults: number;
  }> => {
    let faults = 0;
    let othersFaults = 0;
    const [result] = await Promise.all([
      readAtRate({
        port,
        requests: requestsFor(0),
        connections: CONNECTIONS.a,
        perSecond: LOAD.a,
        durationMs: PHASE_MS,
        onFault: () => faults++,
      }),
      readAtRate({
        port,
        requests: requestsFor(1),
        connections: CONNECTIONS.b,
        perSecond: LOAD.b,
        durationMs: PHASE_MS,
        onFault: () => othersFaults++,
      }),
    ]);
    return { result, faults, othersFaults };
  };
  await readBoth();
  const before = await readBoth();
  const measurements: Measurement[] = [
    { ...before.result, name: `${dataPlane}: before`, ratio: 1 },
  ];
  for (const trouble of TROUBLES) {
    trouble.begin(failing);
    const { result, faults, othersFaults } = await readBoth();
    trouble.end(failing);
    const isMet =
      faults === 0 &&
      result.p99Ms <= Math.max(before.result.p99Ms * P99_RATIO_MAX, before.result.p99Ms + NOISE_MS);
    const text = `no failed request (${faults}), p99 as before`;
    say(
      `  ${dataPlane}: the other ${trouble.name}: p99 ${result.p99Ms.toFixed(2)} ms, ${faults} failed; of the other's own ${othersFaults} failed`,
    );
    measurements.push({
      ...result,
      name: `${dataPlane}: the other ${trouble.name}`,
      ratio: result.p99Ms / before.result.p99Ms,
      goal: { text, isMet },
    });
  }
  return measurements;
}
