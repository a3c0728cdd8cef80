import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EnginesOptionFault, parseEnginesOptions } from './options.ts';
import { findServer, logFile, startServer, stopServer } from './processes.ts';
import { startEngines } from './run-engines.ts';
import { createToolbox, MissingTool } from './tools.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'engines-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A server that runs until it is asked to end, and says so. */
const SERVER = {
  command: process.execPath,
  args: [
    '-e',
    'process.on("SIGTERM", () => { console.log("bye"); process.exit(); }); setInterval(() => 0, 1e6); console.log("up")',
  ],
  isReady: async () => true,
};
const saysUp = () =>
  expect
    .poll(() => readFile(logFile(folder, 'redis'), 'utf8').catch(() => ''), { timeout: 10_000 })
    .toContain('up');

describe('processes of engines', () => {
  it('are found again by their note, and end in order', async () => {
    const pid = await startServer(folder, 'redis', 1234, SERVER);
    await saysUp();
    expect(await findServer(folder, 'redis')).toEqual({ pid, port: 1234 });
    expect(await stopServer(folder, 'redis')).toBe(true);
    expect(await readFile(logFile(folder, 'redis'), 'utf8')).toContain('bye');
    expect(await findServer(folder, 'redis')).toBeUndefined();
    expect(await stopServer(folder, 'redis')).toBe(false);
  });

  it('are left alone where the number belongs to another program by now', async () => {
    const pid = await startServer(folder, 'redis', 1234, SERVER);
    await saysUp();
    const note = path.join(folder, 'redis.json');
    const text = await readFile(note, 'utf8');
    await writeFile(note, JSON.stringify({ ...JSON.parse(text), identity: 'an earlier one' }));
    expect(await stopServer(folder, 'redis')).toBe(false);
    expect(process.kill(pid, 0)).toBe(true);
    await writeFile(note, text);
    expect(await stopServer(folder, 'redis')).toBe(true);
  });
});

describe('starting engines', () => {
  it('leaves out one whose port is taken, in a line that names it', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    // A program that answers to the question for its version, in the place of a Redis.
    vi.stubEnv('PATH', folder);
    await writeFile(path.join(folder, 'redis-server'), '#!/bin/sh\necho v=7.0.0\n', {
      mode: 0o755,
    });
    const said: string[] = [];
    const outcomes = await startEngines({
      names: ['redis'],
      basePort: port,
      places: { cache: folder, state: folder },
      say: (line) => said.push(line),
    });
    listener.close();
    expect(outcomes).toEqual([expect.objectContaining({ name: 'redis', kind: 'left-out' })]);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(new RegExp(`^redis is left out. Port ${port} is already in use.`));
  });

  it('says what to install where a program is missing and this account may install nothing', async () => {
    vi.stubEnv('PATH', folder);
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const looked = createToolbox(() => undefined).require('maven');
    await expect(looked).rejects.toThrow(MissingTool);
    await expect(looked).rejects.toThrow(
      /^Maven is not installed\. Install it, .*"apt-get install maven"/,
    );
  });
});

describe('the words of the command', () => {
  it('name what to do, and with which engines', () => {
    expect(parseEnginesOptions(['up', 'kafka', '--port', '20000'])).toMatchObject({
      verb: 'up',
      names: ['kafka'],
      basePort: 20_000,
    });
    expect(parseEnginesOptions(['status'])?.names).toHaveLength(5);
    expect(parseEnginesOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [[], /say up, down or status/],
    [['up', 'mongo'], /no engine "mongo"/],
    [['up', '--port', '40000'], /give a number from 1024 to/],
    [['up', '--wat'], /--wat/],
  ])('%s is refused with what would be right', (words, message) => {
    expect(() => parseEnginesOptions(words)).toThrow(EnginesOptionFault);
    expect(() => parseEnginesOptions(words)).toThrow(message);
  });
});
