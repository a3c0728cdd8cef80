import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  PIN_KEY,
  ROUTED_AUTH_KEY,
  startTestFleet,
  type TestFleet,
  until,
} from './testing-fleet.ts';

let fleet: TestFleet;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  fleet = await startTestFleet();
  folder = await mkdtemp(join(tmpdir(), 'router-main-'));
  await writeFile(join(folder, 'pin.key'), PIN_KEY.toString('hex'));
  await writeFile(join(folder, 'routed.key'), ROUTED_AUTH_KEY.toString('hex'));
  environment = {
    PATH: process.env.PATH ?? '',
    PORT: '0',
    ADMIN_PORT: '0',
    DIRECTORY_ENDPOINT: fleet.directoryEndpoint,
    DATA_DIR: join(folder, 'data'),
    ROUTER_PIN_KEY_FILE: join(folder, 'pin.key'),
    ROUTED_AUTH_KEY_FILE: join(folder, 'routed.key'),
  };
});
afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the deployable as its supervisor does. */
function launch(changes: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { ...environment, ...changes },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  let address: string | undefined;
  child.on('message', (message: { readonly type: string; readonly address?: string }) => {
    if (message.type === 'ready') address = message.address;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    child,
    exited,
    errors: () => errors,
    async ready(): Promise<string> {
      await until(() => address !== undefined || child.exitCode !== null, 10_000);
      if (address === undefined) throw new Error(`it did not start: ${errors}`);
      return address;
    },
  };
}

it('runs as a process, stops when asked, and starts again while directory and cells are gone', async () => {
  const first = launch();
  const url = await first.ready();
  const headers = { 'x-client-country': 'DE' };
  expect((await fetch(`${url}/v1/products`, { headers })).status).toBe(200);
  first.child.kill('SIGKILL');
  await first.exited;

  for (const id of ['eu-fr-1', 'us-east-1', 'us-west-1']) await fleet.cell(id).kill();
  await fleet.stopDirectory();
  const second = launch();
  const secondUrl = await second.ready();
  expect((await fetch(`${secondUrl}/v1/products`, { headers })).status).toBe(200);
  second.child.kill('SIGTERM');
  expect(await second.exited).toBe(0);
});

it('answers 503 with a problem while it has never had a table', async () => {
  const launched = launch({
    DATA_DIR: join(folder, 'fresh'),
    DIRECTORY_ENDPOINT: 'http://127.0.0.1:9',
  });
  const url = await launched.ready();
  const answer = await fetch(`${url}/v1/products`);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await answer.json()).toMatchObject({ code: 'unavailable' });
  launched.child.kill('SIGTERM');
  expect(await launched.exited).toBe(0);
});

it('says in one line that its port is taken', async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
  });
  const launched = launch({ PORT: String(port) });
  expect(await launched.exited).not.toBe(0);
  expect(launched.errors()).toContain(`${port} is already in use`);
  expect(launched.errors().trim().split('\n')).toHaveLength(1);
  taken.close();
});
