import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pinOf } from '../conformance/planes.ts';
import {
  descriptorOf,
  pinSetBy,
  PIN_KEY,
  ROUTED_AUTH_KEY,
  startTestCell,
  startTestFleet,
  tableOf,
  type TestFleet,
  until,
} from '../testing-fleet.ts';
import { findHaproxy } from './index.ts';

const found = await findHaproxy();
const isMissing = 'missing' in found;

interface Status {
  readonly dataPlane: {
    readonly name: string;
    readonly pid: number;
    readonly reloads: number;
    readonly restarts: number;
    readonly map: { readonly entries: number; readonly changes: number };
  };
}

async function statusOf(adminUrl: string): Promise<Status['dataPlane']> {
  return ((await (await fetch(`${adminUrl}/router/status`)).json()) as Status).dataPlane;
}

describe.skipIf(isMissing)('HAProxy under its agent', () => {
  let fleet: TestFleet;
  beforeEach(async () => {
    fleet = await startTestFleet({ dataPlane: 'haproxy' });
  });
  afterEach(() => fleet.stop());
  const get = (partition: string): Promise<Response> =>
    fetch(`${fleet.url}/v1/x`, { headers: { cookie: pinOf(partition) } });

  it('follows moves by its map, and is loaded anew for a new cell alone, without a gap', async () => {
    await fleet.directory.replacePlacements(
      tableOf('eu', ['eu-fr-1'], { version: 2, epoch: 2 }),
      1,
    );
    await fetch(`${fleet.adminUrl}/router/refresh`, { method: 'POST' });
    expect((await get('eu-000')).status).toBe(200);
    // Who was told that the table is in use may rely on it.
    expect(fleet.cell('eu-fr-1').received).toMatchObject([{ partition: 'eu-000', epoch: 2 }]);
    const moved = await statusOf(fleet.adminUrl);
    expect(moved).toMatchObject({ reloads: 0, map: { entries: 2_048 } });

    const done = new AbortController();
    let served = 0;
    const serving = (async () => {
      while (!done.signal.aborted) {
        // A connection of its own for each: one that is kept may be ended while a request is on its way.
        const headers = { cookie: pinOf('us-001') };
        const answer = await request(`${fleet.url}/v1/x`, { headers, reset: true });
        expect(answer.statusCode).toBe(200);
        await answer.body.dump();
        served++;
      }
    })();
    const newcomer = await startTestCell('eu-nl-1');
    await fleet.directory.putCell(descriptorOf('eu-nl-1', newcomer.url), undefined);
    await fleet.directory.replacePlacements(
      tableOf('eu', ['eu-nl-1'], { version: 3, epoch: 3 }),
      2,
    );
    await fetch(`${fleet.adminUrl}/router/refresh`, { method: 'POST' });
    expect((await get('eu-000')).status).toBe(200);
    expect(newcomer.received).toMatchObject([{ partition: 'eu-000', epoch: 3, isProven: true }]);
    expect(await statusOf(fleet.adminUrl)).toMatchObject({ reloads: 1, pid: moved.pid });
    done.abort();
    await serving;
    expect(served).toBeGreaterThan(0);
    await newcomer.kill();
  });

  it('is started anew when it ends by itself, with the newest map', async () => {
    await fleet.directory.replacePlacements(
      tableOf('eu', ['eu-fr-1'], { version: 2, epoch: 2 }),
      1,
    );
    await fetch(`${fleet.adminUrl}/router/refresh`, { method: 'POST' });
    const { pid } = await statusOf(fleet.adminUrl);
    process.kill(pid, 'SIGKILL');
    await until(async () => (await get('eu-000').catch(() => undefined))?.status === 200, 15_000);
    expect(fleet.cell('eu-fr-1').received.at(-1)).toMatchObject({ partition: 'eu-000', epoch: 2 });
    await until(async () => (await statusOf(fleet.adminUrl)).restarts === 1);
    expect((await statusOf(fleet.adminUrl)).pid).not.toBe(pid);
  });
});

describe.skipIf(isMissing)('a router with HAProxy that is killed', () => {
  it('leaves its shoppers served, and its successors serve from disk with all others but one cell gone', async () => {
    const fleet = await startTestFleet();
    const folder = await mkdtemp(join(tmpdir(), 'router-killed-'));
    await writeFile(join(folder, 'pin.key'), PIN_KEY.toString('hex'));
    await writeFile(join(folder, 'routed.key'), ROUTED_AUTH_KEY.toString('hex'));
    const port = await freePort();
    const launch = async (): Promise<ChildProcess> => {
      const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
        env: {
          ...process.env,
          PORT: String(port),
          ADMIN_PORT: '0',
          DATA_DIR: folder,
          DATA_PLANE: 'haproxy',
          DIRECTORY_ENDPOINT: fleet.directoryEndpoint,
          ROUTER_PIN_KEY_FILE: join(folder, 'pin.key'),
          ROUTED_AUTH_KEY_FILE: join(folder, 'routed.key'),
          LOG_LEVEL: 'silent',
        },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      let isReady = false;
      child.once('message', () => {
        isReady = true;
      });
      await until(() => isReady || child.exitCode !== null, 30_000);
      expect(child.exitCode).toBeNull();
      return child;
    };
    const get = () =>
      fetch(`http://127.0.0.1:${port}/v1/x`, { headers: { cookie: pinOf('eu-000') } });
    try {
      const first = await launch();
      const exited = new Promise((resolve) => first.once('exit', resolve));
      first.kill('SIGKILL');
      await exited;
      expect((await get()).status).toBe(200);
      // Nobody is there to pin a new shopper: they are told so, at once.
      const newcomer = await fetch(`http://127.0.0.1:${port}/v1/x`);
      expect(newcomer.status).toBe(503);
      expect(await newcomer.json()).toMatchObject({ code: 'unavailable' });

      // From here on nothing is left but the router and one cell.
      for (const id of ['eu-fr-1', 'us-east-1', 'us-west-1']) await fleet.cell(id).kill();
      await fleet.stopDirectory();
      const second = await launch();
      await expectToSell(port);

      const note = JSON.parse(await readFile(join(folder, 'haproxy.json'), 'utf8')) as {
        readonly pid: number;
      };
      const gone = new Promise((resolve) => second.once('exit', resolve));
      second.kill('SIGKILL');
      await gone;
      process.kill(note.pid, 'SIGKILL');
      await until(() =>
        get().then(
          () => false,
          () => true,
        ),
      );
      const third = await launch();
      await expectToSell(port);
      const ended = new Promise((resolve) => third.once('exit', resolve));
      third.kill('SIGTERM');
      expect(await ended).toBe(0);
      await expect(get()).rejects.toThrow();
      await expect(readFile(join(folder, 'haproxy.json'))).rejects.toThrow('ENOENT');
    } finally {
      await fleet.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

describe('where HAProxy is not installed', () => {
  it('the Node data plane serves in its place, and says so', async () => {
    const fleet = await startTestFleet({ dataPlane: 'haproxy', haproxyBinary: 'no-such-haproxy' });
    try {
      expect(fleet.router.dataPlane).toBe('node');
      expect(await statusOf(fleet.adminUrl)).toMatchObject({ name: 'node' });
      const answer = await fetch(`${fleet.url}/v1/x`, { headers: { cookie: pinOf('eu-000') } });
      expect(answer.status).toBe(200);
      expect(await findHaproxy('no-such-haproxy')).toEqual({
        missing: 'HAProxy is not installed (no "no-such-haproxy")',
      });
    } finally {
      await fleet.stop();
    }
  });
});

/** One who is known reads and buys, and one who is new is pinned to the cell that is left. */
async function expectToSell(port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/v1/carts`;
  const headers = { cookie: pinOf('eu-000') };
  expect((await fetch(url, { headers })).status).toBe(200);
  expect((await fetch(url, { method: 'POST', body: '{}', headers })).status).toBe(200);
  const newcomer = await fetch(url, { headers: { 'x-client-country': 'DE' } });
  expect(newcomer.status).toBe(200);
  expect(pinSetBy(newcomer)).toBeDefined();
}

async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
