import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { statement } from '@commerce/engines/sql/sql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const FAKE_FLEET = fileURLToPath(new URL('./test-parts/fake-fleet.ts', import.meta.url));
/** Below the ephemeral ports, and far from the databases of the other tests. */
const BASE_PORT = 15_000 + (process.pid % 40) * 100;
const CELLS = 'eu-de-1';

let folder: string;
let dataDir: string;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fleet-test-'));
  await chmod(folder, 0o711);
  dataDir = path.join(folder, 'data');
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await untilNothingRuns();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly exit: Promise<readonly [number | null, string | null]>;
  /** Resolves when the output matches. */
  readonly until: (pattern: RegExp) => Promise<string>;
}

function run(...words: string[]): Run {
  const flags = ['--data', dataDir, '--port', String(BASE_PORT), '--cells', CELLS];
  const child = spawn(process.execPath, [FAKE_FLEET, ...flags, ...words], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const watcher of watchers) watcher();
    });
  }
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!pattern.test(output)) return;
        watchers.delete(check);
        resolve(output);
      };
      watchers.add(check);
      check();
      void exit.then(() => reject(new Error(`the fleet ended and said: ${output}`)));
    });
  return { child, said: () => output, exit, until };
}

async function pidsOfDataFolder(): Promise<readonly number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const env = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (words !== '' && (words.includes(dataDir) || env.includes(dataDir))) found.push(pid);
  }
  return found;
}

async function untilNothingRuns(): Promise<void> {
  const deadline = Date.now() + 15_000;
  while ((await pidsOfDataFolder()).length > 0) {
    if (Date.now() > deadline) throw new Error(`still running: ${await pidsOfDataFolder()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function pidNoted(name: string): Promise<number> {
  const text = await readFile(path.join(dataDir, 'processes', `${name}.json`), 'utf8');
  return (JSON.parse(text) as { readonly pid: number }).pid;
}

const readStarts = statement<{ n: bigint }>(
  'fleet-test.starts',
  'SELECT count(*) AS n FROM starts',
);

async function countStarts(): Promise<number> {
  const password = await readFile(path.join(dataDir, 'secrets', 'database.password'), 'utf8');
  const sql = openPostgres({
    connectionString: `postgres://postgres:${password.trim()}@127.0.0.1:${BASE_PORT + 201}/cell`,
    applicationName: 'fleet test',
    connectionsMax: 1,
  });
  const [row] = await sql.query(readStarts);
  await sql.close();
  return Number(row?.n ?? 0);
}

describe('the fleet', () => {
  test('tells where everything is, starts again what dies, and stops within 10 s of Ctrl-C', async () => {
    const fleet = run('--products', '5');
    const said = await fleet.until(/ready in/);
    expect(said.trimEnd()).toMatch(/\nready in \d+\.\d s$/);
    expect(said).toContain(`http://127.0.0.1:${BASE_PORT}\n`);
    expect(said).toContain(`http://127.0.0.1:${BASE_PORT + 101}\n`);
    expect(said).toContain('v@example.com / secret');
    expect(said).toContain('/checkout');

    const cell = await pidNoted('cell eu-de-1');
    process.kill(cell, 'SIGKILL');
    await fleet.until(/cell eu-de-1 ended \(SIGKILL\); starting it again in [\d.]+ s\./);
    await fleet.until(/cell eu-de-1 is back\./);
    expect(await pidNoted('cell eu-de-1')).not.toBe(cell);
    const pidFile = path.join(dataDir, 'databases', 'eu-de-1', 'postmaster.pid');
    process.kill(Number.parseInt(await readFile(pidFile, 'utf8'), 10), 'SIGKILL');
    await fleet.until(/eu-de-1 database ended \(SIGKILL\)/);
    await fleet.until(/eu-de-1 database is back\./);
    expect(await countStarts()).toBe(2);

    const begun = Date.now();
    fleet.child.kill('SIGINT');
    // The terminal and the launcher both send it.
    fleet.child.kill('SIGINT');
    expect(await fleet.exit).toEqual([0, null]);
    expect(Date.now() - begun).toBeLessThan(10_000);
    await untilNothingRuns();
    expect(await readdir(dataDir)).not.toContain('fleet.lock');
  });

  test('killed, leaves no orphan and loses nothing; the next start needs no help', async () => {
    const first = run();
    await first.until(/ready in/);
    const running = await pidsOfDataFolder();
    expect(running.length).toBeGreaterThan(8);
    first.child.kill('SIGKILL');
    // At once: the parts and servers of the first are still stopping.
    const second = run();
    await second.until(/ready in/);
    const still = new Set(await pidsOfDataFolder());
    expect(running.filter((pid) => still.has(pid))).toEqual([]);
    expect(await countStarts()).toBe(2);

    const third = run('--port', String(BASE_PORT + 1_000));
    expect(await third.exit).toEqual([1, null]);
    expect(third.said()).toMatch(
      new RegExp(`another fleet \\(process ${second.child.pid}\\) runs on .*--data.*\n$`),
    );
    // Whoever started it is gone.
    second.child.disconnect();
    expect(await second.exit).toEqual([0, null]);
    await untilNothingRuns();

    const fresh = run('--fresh');
    await fresh.until(/ready in/);
    expect(await countStarts()).toBe(1);
    fresh.child.kill('SIGKILL');
    await untilNothingRuns();
  }, 60_000);
});

describe('a fleet that can not start says why in one line', () => {
  test('a port in use', async () => {
    const taken = createServer().listen(BASE_PORT + 101, '127.0.0.1');
    await once(taken, 'listening');
    const fleet = run();
    expect(await fleet.exit).toEqual([1, null]);
    expect(fleet.said().trimEnd().split('\n').at(-1)).toBe(
      `port ${BASE_PORT + 101} (cell eu-de-1) is already in use. Stop the program that listens there, or choose other ports with --port.`,
    );
    taken.close();
    await untilNothingRuns();
  });

  test('a folder that holds other things is left alone, with --fresh too', async () => {
    await mkdir(dataDir);
    await writeFile(path.join(dataDir, 'thesis.txt'), 'years of work');
    const fleet = run('--fresh');
    expect(await fleet.exit).toEqual([1, null]);
    expect(fleet.said()).toMatch(/holds other things \(thesis\.txt\)\. Choose an empty/);
    expect(await readFile(path.join(dataDir, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  test('a folder that can not be made', async () => {
    await writeFile(path.join(folder, 'file'), '');
    const fleet = run('--data', path.join(folder, 'file', 'data'));
    expect(await fleet.exit).toEqual([1, null]);
    expect(fleet.said()).toMatch(
      /can't be used \(ENOTDIR\)\. Make it yours with chown, or .*--data/,
    );
  });

  test('a data folder of another layout', async () => {
    await mkdir(dataDir);
    await writeFile(path.join(dataDir, 'layout.json'), '{"version":99,"cells":[]}');
    const fleet = run();
    expect(await fleet.exit).toEqual([1, null]);
    expect(fleet.said()).toMatch(/has layout 99, and this fleet reads 1\. .*--fresh/);
  });

  test('a cell that is left out although it has shoppers', async () => {
    await mkdir(dataDir);
    await writeFile(path.join(dataDir, 'layout.json'), '{"version":1,"cells":["eu-fr-1"]}');
    const fleet = run();
    expect(await fleet.exit).toEqual([1, null]);
    expect(fleet.said()).toMatch(/the cell eu-fr-1 has shoppers in .*--cells leaves it out/);
  });
});
