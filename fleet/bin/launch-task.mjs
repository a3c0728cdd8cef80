import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, InstallationFault } from './installation.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const COMPILED_DIR = path.join(ROOT, 'node_modules', '.cache', 'commerce-compiled');
const RUNTIME_MAJOR = 24;
const PARENT_POLL_MS = 500;

/**
 * What each task runs under Node 24. `supervised` tasks stop cleanly on a message of ours and may
 * be signalled twice; the others get the terminal's Ctrl-C from the terminal alone. `alsoInstalls` names a
 * folder with a lockfile of its own: what it needs is too large for those who never run it.
 */
const TASKS = {
  start: {
    script: 'fleet/src/main.ts',
    arguments: [],
    supervised: true,
    // It only watches; without a limit its heap grows to twice the size.
    nodeFlags: ['--max-semi-space-size=2'],
    keepsCompiledCode: true,
  },
  test: { script: 'node_modules/vitest/vitest.mjs', arguments: ['run'], supervised: false },
  'test-long': {
    script: 'node_modules/vitest/vitest.mjs',
    arguments: ['run', '--config', 'vitest.long.config.ts'],
    supervised: false,
  },
  'test-engines': {
    script: 'node_modules/vitest/vitest.mjs',
    arguments: ['run', '--config', 'vitest.engines.config.ts'],
    supervised: false,
  },
  'test-infra': {
    script: 'node_modules/vitest/vitest.mjs',
    arguments: ['run', '--config', 'infra-cdktf/vitest.config.ts'],
    supervised: false,
    alsoInstalls: 'infra-cdktf',
  },
  engines: { script: 'fleet/src/engines/main.ts', arguments: [], supervised: false },
  check: { script: 'fleet/src/check/main.ts', arguments: [], supervised: false },
  import: { script: 'fleet/src/import/main.ts', arguments: [], supervised: false },
  cellctl: {
    script: 'global-control-plane/src/cellctl/main.ts',
    arguments: [],
    supervised: false,
    keepsCompiledCode: true,
  },
  bench: { script: 'load-tests/bench/main.ts', arguments: [], supervised: false },
  chaos: { script: 'chaos/main.ts', arguments: [], supervised: false },
  'demo-evacuate': { script: 'load-tests/demo/main.ts', arguments: [], supervised: false },
  load: { script: 'load-tests/run/main.ts', arguments: [], supervised: false },
  trial: { script: 'load-tests/trial/main.ts', arguments: [], supervised: false },
  rehearse: {
    script: 'node_modules/vitest/vitest.mjs',
    arguments: ['run', '--config', 'infra-cdktf/vitest.rehearsal.config.ts'],
    supervised: false,
    alsoInstalls: 'infra-cdktf',
  },
  infra: {
    script: 'infra-cdktf/src/main.ts',
    arguments: [],
    supervised: false,
    alsoInstalls: 'infra-cdktf',
  },
  format: {
    script: 'node_modules/@biomejs/biome/bin/biome',
    arguments: ['format', '--write'],
    supervised: false,
  },
};

/**
 * Installs what is missing, then runs the task under Node 24 and takes over its exit code.
 * @param {readonly string[]} words task and its arguments
 */
export async function launchTask(words) {
  const [name, ...rest] = words;
  const task = Object.hasOwn(TASKS, name ?? '') ? TASKS[name] : undefined;
  if (task === undefined) {
    fail(`There is no task "${name ?? ''}". Tasks are ${Object.keys(TASKS).join(', ')}.`);
    return;
  }
  try {
    await ensureInstalled(ROOT);
    if (task.alsoInstalls !== undefined) await ensureInstalled(path.join(ROOT, task.alsoInstalls));
  } catch (error) {
    if (!(error instanceof InstallationFault)) throw error;
    fail(error.message);
    return;
  }
  const runtime = findRuntime();
  if (runtime === undefined) {
    fail(
      `Node ${RUNTIME_MAJOR} is missing from node_modules: run "npm ci --include=optional --ignore-scripts=false", or install Node ${RUNTIME_MAJOR} or later from https://nodejs.org.`,
    );
    return;
  }
  runTask(runtime, task, rest);
}

/** This Node where it is new enough, else the one that npm installed. */
function findRuntime() {
  if (Number(process.versions.node.split('.')[0]) >= RUNTIME_MAJOR) return process.execPath;
  const installed = path.join(ROOT, 'node_modules', 'node', 'bin', 'node');
  return existsSync(installed) ? installed : undefined;
}

function runTask(runtime, task, rest) {
  const script = path.join(ROOT, task.script);
  const child = spawn(runtime, [...(task.nodeFlags ?? []), script, ...task.arguments, ...rest], {
    cwd: ROOT,
    env: task.keepsCompiledCode
      ? { NODE_COMPILE_CACHE: COMPILED_DIR, ...process.env }
      : process.env,
    stdio: task.supervised ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.on(signal, () => {
      // The terminal has sent its Ctrl-C to the whole group already.
      if (signal === 'SIGINT' && process.stdin.isTTY && !task.supervised) return;
      child.kill(signal);
    });
  }
  // npm does not hand on the signals that end it, so its end shows only in our parent's id. Without
  // npm the parent is a shell that may well end before us.
  const isUnderNpm = process.env.npm_lifecycle_event !== undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (!isUnderNpm || process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_POLL_MS);
  child.on('error', (error) => {
    clearInterval(watch);
    fail(
      `${runtime} does not run on this machine (${error.message}): install Node ${RUNTIME_MAJOR} or later from https://nodejs.org.`,
    );
  });
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    if (child.connected) child.disconnect();
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
