import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { readMemoryMib } from './memory.ts';

const HELD_MIB = 96;

test('memory counts what the processes hold that a process has started', async ({ skip }) => {
  if (process.platform !== 'linux') skip('only Linux tells the proportional share');
  // A shell stands between, as a database server stands before its sessions.
  const script = `globalThis.held = Buffer.alloc(${HELD_MIB} * 1048576, 1); console.log('held'); process.stdin.resume();`;
  const child = spawn('/bin/sh', ['-c', '"$0" -e "$1"; :', process.execPath, script]);
  try {
    await once(createInterface({ input: child.stdout }), 'line');
    expect(await readMemoryMib(child.pid as number)).toBeGreaterThan(HELD_MIB);
  } finally {
    const exited = once(child, 'exit');
    child.stdin.end();
    await exited;
  }
});

test('memory of a process that is gone is not made up', async () => {
  expect(await readMemoryMib(2 ** 30)).toBeUndefined();
});
