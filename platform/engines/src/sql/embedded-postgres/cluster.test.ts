import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findServerAccount } from './account.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { removeDataFolder } from './data-folder.ts';
import { isPostmasterOf } from './stale-postmaster.ts';

const CLUSTER_MODULE = fileURLToPath(new URL('./cluster.ts', import.meta.url));
const TEMPLATE_DIR = fileURLToPath(
  new URL('../../../../../node_modules/.cache/commerce-test-postgres', import.meta.url),
);

let folder: string;
let started: Cluster[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cluster-test-'));
  await chmod(folder, 0o711);
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((cluster) => cluster.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startCluster>[0]> = {}): Promise<Cluster> {
  const cluster = await startCluster({
    dataDir: path.join(folder, 'data'),
    port: 0,
    log: () => undefined,
    templateDir: TEMPLATE_DIR,
    ...options,
  });
  started.push(cluster);
  return cluster;
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('an embedded cluster', () => {
  test('keeps what was committed over a stop and a kill, as UTF-8 in the C collation', async () => {
    const first = await start();
    expect(await first.createDatabase('shop')).toBe(true);
    expect(await first.createDatabase('shop')).toBe(false);
    await query(first.url('shop'), "CREATE TABLE kept AS SELECT 'ä'::text AS word");
    await first.stop();
    const second = await start();
    await query(second.url('shop'), "INSERT INTO kept VALUES ('ب')");
    process.kill(second.pid, 'SIGKILL');
    await second.exited;
    const third = await start();
    const rows = await query(third.url('shop'), 'SELECT word FROM kept ORDER BY word');
    expect(rows).toEqual([{ word: 'ä' }, { word: 'ب' }]);
    const [settings] = await query(
      third.url('shop'),
      "SELECT current_setting('server_encoding') AS encoding, datlocale AS locale, current_setting('fsync') AS fsync FROM pg_database WHERE datname = 'shop'",
    );
    expect(settings).toEqual({ encoding: 'UTF8', locale: 'C.UTF-8', fsync: 'on' });
  });

  test('asks for its password, when it has one', async () => {
    const cluster = await start({ password: 'p@ss/word', templateDir: path.join(folder, 'own') });
    expect(await query(cluster.url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const wrong = cluster.url('postgres').replace('p%40ss', 'other');
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  test('a taken port is told apart from other faults', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    taken.close();
  });

  test('ends when its owner is killed', async () => {
    const orphan = await startInOwnProcess(path.join(folder, 'data'));
    orphan.owner.kill('SIGKILL');
    await until(
      'the server is gone',
      async () => !(await isPostmasterOf(orphan.pid, orphan.folder)),
    );
  });

  test('a server that outlived its owner is stopped by the next start', async () => {
    const dataDir = path.join(folder, 'data');
    const orphan = await startInOwnProcess(dataDir);
    await killGuardOf(orphan.folder);
    orphan.owner.kill('SIGKILL');
    expect(await isPostmasterOf(orphan.pid, orphan.folder)).toBe(true);
    const lines: string[] = [];
    const next = await start({ log: (line) => lines.push(line) });
    expect(next.pid).not.toBe(orphan.pid);
    expect(await isPostmasterOf(orphan.pid, orphan.folder)).toBe(false);
    expect(lines.join('\n')).toMatch(/left behind/);
  });

  test('a pid file that names a stranger hurts nobody', async () => {
    const first = await start();
    await first.stop();
    const stranger = spawn('sleep', ['60']);
    await writeFile(path.join(folder, 'data', 'postmaster.pid'), `${stranger.pid}\n/elsewhere\n`);
    await start();
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
  });

  test('a folder that the server may not enter is replaced by one in /var/tmp, and says so', async ({
    skip,
  }) => {
    const account = await findServerAccount();
    if (account === undefined) skip('only root hands its servers to another account');
    await chmod(folder, 0o700);
    const lines: string[] = [];
    const first = await start({ templateDir: undefined as never, log: (line) => lines.push(line) });
    await first.createDatabase('shop');
    await first.stop();
    expect(lines.find((line) => line.includes('/var/tmp/commerce-data-'))).toContain(folder);
    const second = await start({ templateDir: undefined as never });
    expect(await second.createDatabase('shop')).toBe(false);
    await second.stop();
    const location = await readFile(path.join(folder, 'data.location'), 'utf8');
    await rm(path.dirname(location.trim()), { recursive: true });
    await expect(start()).rejects.toThrow(/is gone/);
  });

  test('a folder in /var/tmp goes with the temporary folder that led to it, unless it is in use', async ({
    skip,
  }) => {
    if ((await findServerAccount()) === undefined) skip('only root needs such folders');
    const closed = path.join(folder, 'closed');
    const home = async (name: string): Promise<string> => {
      await mkdir(path.join(closed, name), { recursive: true, mode: 0o700 });
      await chmod(closed, 0o700);
      const cluster = await start({ dataDir: path.join(closed, name, 'data') });
      const pointer = path.join(closed, name, 'data.location');
      const found = path.dirname((await readFile(pointer, 'utf8')).trim());
      if (name !== 'used') await cluster.stop();
      return found;
    };
    const [kept, used, lost] = [await home('kept'), await home('used'), await home('lost')];
    await rm(path.join(closed, 'used'), { recursive: true });
    await rm(path.join(closed, 'lost'), { recursive: true });
    const next = await home('next');
    expect(existsSync(lost)).toBe(false);
    expect([kept, used, next].every((entry) => existsSync(entry))).toBe(true);
    await Promise.all(started.splice(0).map((cluster) => cluster.stop()));
    await rm(used, { recursive: true });
    await removeDataFolder(path.join(closed, 'kept', 'data'));
    await removeDataFolder(path.join(closed, 'next', 'data'));
    expect([kept, next].some((entry) => existsSync(entry))).toBe(false);
  });
});

interface OwnedServer {
  readonly owner: ReturnType<typeof spawn>;
  readonly pid: number;
  readonly folder: string;
}

async function startInOwnProcess(dataDir: string): Promise<OwnedServer> {
  const script = `import { startCluster } from ${JSON.stringify(CLUSTER_MODULE)};
const cluster = await startCluster({ dataDir: process.argv[1], port: 0, log: () => {}, templateDir: process.argv[2] });
console.log(cluster.pid);
setInterval(() => {}, 1e6);`;
  const owner = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, dataDir, TEMPLATE_DIR],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  return { owner, pid: Number(line), folder: dataDir };
}

async function killGuardOf(dataDir: string): Promise<void> {
  for (const pid of await readdir('/proc')) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (words.includes('database-guard') && words.split('\0').includes(dataDir)) {
      process.kill(Number(pid), 'SIGKILL');
    }
  }
}
