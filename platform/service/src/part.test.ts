import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { describeStartupFault, type PartMessage, STARTUP_FAULT_EXIT_CODE } from './part.ts';

const PART_MODULE = fileURLToPath(new URL('./part.ts', import.meta.url));
const spawned: ChildProcess[] = [];

afterEach(() => {
  for (const child of spawned.splice(0)) child.kill('SIGKILL');
});

interface Part {
  readonly child: ChildProcess;
  readonly messages: PartMessage[];
  readonly said: () => string;
  readonly told: (type: PartMessage['type']) => Promise<PartMessage>;
  readonly exit: Promise<number | null>;
}

/** Runs a real part whose `start` has the given body. */
function runScript(startBody: string, options = ''): Part {
  const source = `import { runPart, StartupFault } from ${JSON.stringify(PART_MODULE)};
runPart({ name: 'sample', ${options} start: async ({ progress }) => { ${startBody} } });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  spawned.push(child);
  const messages: PartMessage[] = [];
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.on('message', (message) => messages.push(message as PartMessage));
  // Not 'close': Node leaves it out after a disconnect by the parent.
  const exit = Promise.all([once(child, 'exit'), once(child.stderr as Readable, 'end')]).then(
    ([[code]]) => code as number | null,
  );
  const told = async (type: PartMessage['type']): Promise<PartMessage> => {
    for (;;) {
      const found = messages.find((message) => message.type === type);
      if (found !== undefined) return found;
      await once(child, 'message');
    }
  };
  return { child, messages, said: () => output, told, exit };
}

const KEEP_RUNNING = 'const timer = setInterval(() => {}, 1e6);';
const STOP_SAYING_SO =
  "stop: async () => { process.stderr.write('stopped cleanly'); clearInterval(timer); }";

describe('a part', () => {
  test('tells its supervisor of its progress and when it is ready', async () => {
    const part = runScript(
      `progress('loading 3 of 9'); ${KEEP_RUNNING} return { address: 'http://127.0.0.1:1', details: { rows: 3 }, ${STOP_SAYING_SO} };`,
    );
    expect(await part.told('ready')).toEqual({
      type: 'ready',
      address: 'http://127.0.0.1:1',
      details: { rows: 3 },
    });
    expect(part.messages[0]).toEqual({ type: 'progress', text: 'loading 3 of 9' });
  });

  test.each(['SIGTERM', 'SIGINT', 'disconnect'] as const)('stops cleanly at %s', async (reason) => {
    const part = runScript(`${KEEP_RUNNING} return { ${STOP_SAYING_SO} };`);
    await part.told('ready');
    if (reason === 'disconnect') part.child.disconnect();
    else part.child.kill(reason);
    expect(await part.exit).toBe(0);
    expect(part.said()).toBe('stopped cleanly');
  });

  test('exits although its stop hangs', async () => {
    const part = runScript(
      `${KEEP_RUNNING} return { stop: () => new Promise(() => {}) };`,
      'stopTimeoutMs: 100,',
    );
    await part.told('ready');
    part.child.kill('SIGTERM');
    expect(await part.exit).toBe(1);
  });

  test('says in one line why it can not start, and the cure', async () => {
    const part = runScript("throw new StartupFault('the key file is empty', 'Remove it.');");
    expect(await part.exit).toBe(STARTUP_FAULT_EXIT_CODE);
    expect(part.said()).toBe('sample: the key file is empty. Remove it.\n');
    expect(part.messages).toEqual([
      { type: 'fault', message: 'the key file is empty', cure: 'Remove it.' },
    ]);
  });

  test('a taken port is such a line too', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const part = runScript(
      `const { createServer } = await import('node:net'); await new Promise((resolve, reject) => createServer().once('error', reject).listen(${port}, '127.0.0.1', resolve)); return { stop: async () => {} };`,
    );
    expect(await part.exit).toBe(STARTUP_FAULT_EXIT_CODE);
    expect(part.said()).toMatch(
      new RegExp(`^sample: 127\\.0\\.0\\.1:${port} is already in use\\. Stop .*--port\\.\n$`),
    );
    taken.close();
  });

  test('an unhandled rejection is logged and ends the part with code 1, after a clean stop', async () => {
    const part = runScript(
      `${KEEP_RUNNING} setImmediate(() => Promise.reject(new Error('forgotten'))); return { ${STOP_SAYING_SO} };`,
    );
    expect(await part.exit).toBe(1);
    expect(part.said()).toMatch(/unhandledRejection: Error: forgotten[\s\S]*stopped cleanly/);
  });
});

describe('an error of the start', () => {
  test.each([
    [{ code: 'EACCES', path: '/closed' }, 'no permission for /closed'],
    [{ code: 'ENOSPC', path: '/full' }, 'the disk is full at /full'],
    [
      { code: 'ECONNREFUSED', address: '127.0.0.1', port: 5432 },
      'nothing answers at 127.0.0.1:5432 (ECONNREFUSED)',
    ],
  ])('%o is put in words', (properties, message) => {
    const fault = Object.assign(new Error('raw'), properties);
    expect(describeStartupFault(fault)?.message).toBe(message);
    expect(describeStartupFault(new Error('wrapped', { cause: fault }))?.message).toBe(message);
    expect(describeStartupFault(new AggregateError([fault]))?.message).toBe(message);
  });

  test('that is our own fault keeps its stack trace', () => {
    expect(describeStartupFault(new TypeError('x is not a function'))).toBeUndefined();
  });
});
