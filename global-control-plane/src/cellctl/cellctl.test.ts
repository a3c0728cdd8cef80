import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  type CellId,
  newPartitionId,
  type Partition,
  type Realm,
  SLOTS_PER_REALM,
} from '@commerce/contracts/ids';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  describeCells,
  startTestControlPlane,
  type TestControlPlane,
} from '../testing-control-plane.ts';
import { changeCell } from '../modules/evacuation/index.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { buildProgram, type ProgramSurroundings, runProgram } from './program.ts';

const PAGE = fileURLToPath(new URL('../../../docs/reference/cellctl.md', import.meta.url));

function surroundings(env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const said = { out: '', err: '' };
  stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  return {
    said,
    given: {
      stdout: stdout as unknown as NodeJS.WriteStream,
      stderr: stderr as unknown as NodeJS.WriteStream,
      env,
      folder: tmpdir(),
      home: tmpdir(),
      signal: new AbortController().signal,
    } satisfies ProgramSurroundings,
  };
}

/** Every command that does something, with its flags. */
function leavesOf(command: Command, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const child of command.commands) {
    if (child.name() === 'help') continue;
    const name = `${prefix}${child.name()}`;
    const deeper = leavesOf(child, `${name} `);
    if (deeper.size > 0) {
      for (const [leaf, flags] of deeper) found.set(leaf, flags);
      continue;
    }
    const words = child.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    );
    const flags = child.options.map((option) => `\`${option.long ?? ''}\``).join(' ');
    found.set([name, ...words].join(' '), flags);
  }
  return found;
}

describe('the page about cellctl', () => {
  it('lists every command with its flags, and no other', async () => {
    const rows = (await readFile(PAGE, 'utf8')).split('\n## Commands')[1]?.split('\n## ')[0] ?? '';
    const documented = [...rows.matchAll(/^\| `([^`]+)` +\| [^|]+\| ([^|]*)\|$/gm)].map(
      ([, command = '', flags = '']) => [command, flags.trim()] as const,
    );
    const leaves = leavesOf(buildProgram(surroundings().given));
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(leaves));
  });

  it('lists every exit code with its meaning', async () => {
    const rows = (await readFile(PAGE, 'utf8')).split('\n## Exit codes')[1] ?? '';
    const documented = [...rows.matchAll(/^\| (\d+) +\| `(\w+)` +\| (.+?) +\|$/gm)].map(
      ([, code, name, meaning]) => [name, { code: Number(code), meaning }],
    );
    expect(Object.fromEntries(documented)).toEqual(EXIT_CODES);
  });
});

describe('cellctl', () => {
  let plane: TestControlPlane;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    plane = await startTestControlPlane();
    folder = await mkdtemp(path.join(tmpdir(), 'cellctl-'));
    const controlPlane = await plane.app.listen({ host: '127.0.0.1', port: 0 });
    const serviceKeyFile = path.join(folder, 'service.key');
    await writeFile(serviceKeyFile, Buffer.from(plane.deps.serviceKey).toString('hex'));
    const config = {
      directoryEndpoint: plane.dynamo.endpoint,
      serviceKeyFile,
      routers: [],
      controlPlane,
      stateDir: folder,
    };
    await writeFile(path.join(folder, 'cellctl.json'), JSON.stringify(config));
    env = { CELLCTL_CONFIG: path.join(folder, 'cellctl.json'), CELLCTL_OPERATOR: 'otto' };
    for (const cell of describeCells(['eu-de-1', 'eu-fr-1', 'us-east-1'])) {
      await plane.deps.directory.putCell(cell, undefined);
    }
    const placements = Array.from({ length: SLOTS_PER_REALM }, () => ({
      primary: 'eu-de-1' as CellId,
      standby: 'eu-fr-1' as CellId,
      epoch: 1,
    }));
    await plane.deps.directory.createPlacements({ realm: 'eu' as Realm, version: 1, placements });
  });
  afterAll(async () => {
    await plane?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (...words: string[]) => {
    const { said, given } = surroundings(env);
    const code = await runProgram(words, given);
    return { code, ...said, json: () => JSON.parse(said.out) as Record<string, unknown> };
  };

  it('says in one line what is missing where it finds no configuration', async () => {
    const { said, given } = surroundings();
    expect(await runProgram(['status'], given)).toBe(EXIT_CODES.usage.code);
    expect(said.err).toMatch(/^cellctl: there is no configuration at .+\. Start the fleet .+\n$/);
  });

  it('refuses a target outside the jurisdiction, with the law and what is allowed', async () => {
    const refused = await run('evacuate', 'run', 'eu-de-1', '--to', 'us-east-1', '--yes');
    expect(refused.code).toBe(EXIT_CODES.refused.code);
    expect(refused.err).toMatch(
      /us-east-1 is in "us", and the shoppers of eu-de-1 stay in "eu" \(General Data/,
    );
    expect(await plane.deps.directory.listPlans()).toEqual([]);
  });

  it('says that a cell is not there, and which ones are', async () => {
    const absent = await run('cells', 'show', 'eu-xx-9');
    expect(absent.code).toBe(EXIT_CODES.absent.code);
    expect(absent.err).toContain('Known are eu-de-1, eu-fr-1, us-east-1.');
  });

  it('tells what is wrong with a fleet whose cells are silent', async () => {
    const status = await run('status');
    expect(status.code).toBe(EXIT_CODES.different.code);
    expect(status.json()).toMatchObject({
      ready: 0,
      troubles: expect.arrayContaining([
        expect.objectContaining({ next: 'runbooks/cell-unreachable.md' }),
      ]) as unknown,
    });
  });

  it('drains and undrains a cell, refuses to retire one that holds partitions, and tells the audit log', async () => {
    expect((await run('cells', 'drain', 'eu-de-1')).code).toBe(0);
    expect((await plane.deps.directory.readCell('eu-de-1' as CellId))?.cell).toMatchObject({
      state: 'draining',
      weight: 0,
    });
    expect((await run('cells', 'undrain', 'eu-de-1', '--weight', '40')).code).toBe(0);
    const retired = await run('cells', 'retire', 'eu-de-1', '--yes');
    expect(retired.code).toBe(EXIT_CODES.refused.code);
    expect(retired.err).toContain('primary of 1,024 partitions');
    const { items } = (await run('audit', 'list')).json() as { items: Record<string, unknown>[] };
    expect(items).toMatchObject([
      { action: 'cell.undrain', subject: 'eu-de-1', by: 'otto' },
      { action: 'cell.drain', subject: 'eu-de-1', by: 'otto' },
    ]);
  });

  it("keeps a cell for a tenant's hosts, and gives it back to all", async () => {
    expect((await run('cells', 'hosts', 'eu-de-1', 'Shop.Example')).code).not.toBe(0);
    expect((await run('cells', 'hosts', 'eu-de-1')).code).not.toBe(0);
    expect((await run('cells', 'hosts', 'eu-de-1', 'shop.example')).code).toBe(0);
    const shown = await run('cells', 'show', 'eu-de-1', '--json');
    expect(shown.json()).toMatchObject({ hosts: ['shop.example'] });
    expect((await run('cells', 'hosts', 'eu-de-1', '--none')).code).toBe(0);
    const after = await run('cells', 'show', 'eu-de-1', '--json');
    expect(after.json()['hosts']).toBeUndefined();
  });

  it('keeps what was done while the control plane is away, and tells it later', async () => {
    const away = await run('--control-plane', 'http://127.0.0.1:9', 'cells', 'drain', 'eu-fr-1');
    expect(away.code).toBe(0);
    const { items, unsent } = (await run('audit', 'list')).json() as {
      items: { action: string; subject: string }[];
      unsent: number;
    };
    expect(unsent).toBe(0);
    expect(items[0]).toMatchObject({ action: 'cell.drain', subject: 'eu-fr-1' });
  });

  it('asks nobody where nobody is there, and does nothing then', async () => {
    const refused = await run('evacuate', 'run', 'eu-de-1', '--emergency');
    expect(refused.code).toBe(EXIT_CODES.refused.code);
    expect(refused.err).toContain('Give --yes where you are sure.');
    expect(await plane.deps.directory.listPlans()).toEqual([]);
  });

  it('does not wait for a cell that hangs once a command has failed', async () => {
    const hanging = createServer(() => undefined);
    hanging.listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    const { port } = hanging.address() as AddressInfo;
    const change = (url: string) =>
      changeCell(plane.deps.directory, 'eu-de-1' as CellId, (cell) => ({ ...cell, url }));
    const before = await change(`http://127.0.0.1:${port}`);
    try {
      // The primary would take a minute to compare rows; its standby is not there at all.
      const { code, err } = await run('verify', '--partition', 'eu-000');
      expect(code).toBe(EXIT_CODES.unreachable.code);
      expect(err).toContain('eu-fr-1 does not answer');
    } finally {
      hanging.closeAllConnections();
      hanging.close();
      await change(before?.url ?? '');
    }
  });

  it('ends an emergency with everything where it was when no standby answers', async () => {
    const halted = await run('evacuate', 'run', 'eu-de-1', '--emergency', '--yes');
    expect(halted.code).toBe(EXIT_CODES.halted.code);
    expect(halted.err).toContain('1,024 partitions stay with eu-de-1');
    expect((await plane.deps.directory.listPlans())[0]?.plan).toMatchObject({ state: 'halted' });
    const table = await plane.deps.directory.readPlacements('eu' as Realm);
    expect(table?.version).toBe(1);
  });

  it('explains an order by where it lives', async () => {
    const id = newPartitionId('ord', 'eu-1f3' as Partition);
    const explained = await run('explain', id);
    expect(explained.json()).toMatchObject({ partition: 'eu-1f3', primary: 'eu-de-1', epoch: 1 });
  });

  it('completes commands', async () => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { given } = surroundings();
    expect(await runProgram(['complete', '--', 'evacuate', ''], given)).toBe(0);
    const lines = printed.mock.calls.flat().join('\n');
    printed.mockRestore();
    expect(lines).toMatch(/^rollback\tmove everything back/m);
  });
});
