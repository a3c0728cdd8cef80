import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../bin', import.meta.url));

/** Stands for the task `bench`: tells its arguments, then does what the first one says. */
const TASK = `import { writeFileSync } from 'node:fs';
const [what, file] = process.argv.slice(2);
process.on('SIGTERM', () => { if (file) writeFileSync(file, 'stopped'); process.exit(5); });
console.log('task ' + process.argv.slice(2).join(' ') + ' on ' + process.versions.node.split('.')[0]);
if (what === 'exit') process.exitCode = 7;
else setInterval(() => {}, 1e6);
`;

let root: string;
let children: ChildProcess[];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'launcher-test-'));
  children = [];
  await cp(BIN, path.join(root, 'fleet', 'bin'), { recursive: true });
  await mkdir(path.join(root, 'load-tests', 'bench'), { recursive: true });
  await writeFile(path.join(root, 'load-tests', 'bench', 'main.ts'), TASK);
  await writeManifest({});
  await writeFile(
    path.join(root, 'package-lock.json'),
    JSON.stringify({
      name: 'sample',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: { '': { name: 'sample', version: '1.0.0' } },
    }),
  );
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(root, { recursive: true, force: true });
});

function writeManifest(more: object): Promise<void> {
  const manifest = { name: 'sample', version: '1.0.0', type: 'module', ...more };
  return writeFile(path.join(root, 'package.json'), JSON.stringify(manifest));
}

interface Launch {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly exit: Promise<number | null>;
  readonly until: (pattern: RegExp) => Promise<void>;
}

function launch(
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  flags: string[] = [],
): Launch {
  return follow(
    spawn(process.execPath, [...flags, path.join(root, 'fleet/bin/launch.mjs'), ...words], {
      env: { PATH: process.env['PATH'], HOME: root, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

function follow(child: ChildProcess): Launch {
  children.push(child);
  let output = '';
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (pattern.test(output)) resolve();
      };
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', check);
      child.on('close', () => reject(new Error(output)));
      check();
    });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, said: () => output, exit, until };
}

describe('the launcher', () => {
  test('installs once, runs the task under Node 24 with its arguments, and takes over its exit code', async () => {
    const first = launch(['bench', 'exit', '--flag']);
    expect(await first.exit).toBe(7);
    expect(first.said()).toMatch(/^Installing the dependencies/);
    expect(first.said()).toMatch(/\ntask exit --flag on 24\n$/);
    const second = launch(['bench', 'exit'], { PATH: '' });
    expect(await second.exit).toBe(7);
    expect(second.said()).toBe('task exit on 24\n');
  });

  test('installs again after an installation that was cut short', async () => {
    await launch(['bench', 'exit']).exit;
    await rm(path.join(root, 'node_modules', '.commerce-installed'));
    await rm(path.join(root, 'node_modules', '.package-lock.json'), { force: true });
    const again = launch(['bench', 'exit']);
    await again.exit;
    expect(again.said()).toMatch(/^Installing the dependencies/);
  });

  test('hands a signal on to the task', async () => {
    const task = launch(['bench', 'wait']);
    await task.until(/task wait/);
    task.child.kill('SIGTERM');
    expect(await task.exit).toBe(5);
  });

  test('stops the task when npm is killed', async () => {
    const trace = path.join(root, 'trace');
    const script = `"$0" "$1" bench wait "$2" & wait`;
    const words = [process.execPath, path.join(root, 'fleet/bin/launch.mjs'), trace];
    const npm = follow(
      spawn('/bin/sh', ['-c', script, ...words], {
        env: { PATH: process.env['PATH'], HOME: root, npm_lifecycle_event: 'bench' },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    await npm.until(/task wait/);
    npm.child.kill('SIGKILL');
    // The pipes close when the last of the processes has ended.
    await npm.exit;
    expect(await readFile(trace, 'utf8')).toBe('stopped');
  });
});

describe('the launcher says in one line', () => {
  test('that Node is too old', async () => {
    const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'18.20.4'}})`;
    const old = launch(['bench'], {}, ['--import', pretend]);
    expect(await old.exit).toBe(1);
    expect(old.said()).toMatch(
      /^This needs Node 20 or later, and .* is 18\.20\.4\. Install .* and start again\.\n$/,
    );
  });

  test('that there is no npm', async () => {
    const task = launch(['bench'], { PATH: '' });
    expect(await task.exit).toBe(1);
    expect(task.said().trimEnd().split('\n').at(-1)).toMatch(/^npm was not found: install Node/);
  });

  test('why npm could not install', async () => {
    await mkdir(path.join(root, 'lib'));
    await writeFile(path.join(root, 'lib', 'package.json'), '{"name":"lib","version":"1.0.0"}');
    await writeManifest({ dependencies: { lib: 'file:./lib' } });
    const task = launch(['bench']);
    expect(await task.exit).toBe(1);
    expect(task.said().trimEnd().split('\n').at(-1)).toMatch(
      /^npm could not install the dependencies \(exit code 1\): package\.json and package-lock\.json disagree: run "npm install"/,
    );
  });

  test('that the folder is closed', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('every folder is open to root');
    await chmod(root, 0o555);
    const task = launch(['bench']);
    expect(await task.exit).toBe(1);
    expect(task.said()).toMatch(/is not writable, so nothing can be installed: make it yours/);
    await chmod(root, 0o755);
  });

  test('which tasks there are', async () => {
    const task = launch(['constructor']);
    expect(await task.exit).toBe(1);
    expect(task.said()).toBe(
      'There is no task "constructor". Tasks are start, test, test-long, test-engines, test-infra, engines, check, import, cellctl, bench, chaos, demo-evacuate, load, trial, rehearse, infra, format.\n',
    );
  });
});
