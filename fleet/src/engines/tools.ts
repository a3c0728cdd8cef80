import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { lastWords, runTool } from './run-tool.ts';

/** A reason why one engine is left out, as one line with its cure. The others go on. */
export class MissingTool extends Error {
  override readonly name = 'MissingTool';
}

/** A program of this machine that engines stand on. */
interface Tool {
  readonly title: string;
  /** Debian's packages for it. */
  readonly packages: readonly string[];
  /** @returns the program's path or name, or undefined where there is none that can be used */
  find(): Promise<string | undefined>;
}

const POSTGRESQL_FOLDER = '/usr/lib/postgresql';
const PROBE_MS = 20_000;

async function answers(command: string, args: readonly string[], expected: RegExp) {
  const { code, output } = await runTool(command, args, { timeoutMs: PROBE_MS });
  return code === 0 && expected.test(output) ? command : undefined;
}

/** Java 17 or later with its compiler: the launchers are run from their source. */
async function findJava(): Promise<string | undefined> {
  const home = process.env['JAVA_HOME'];
  const command = home === undefined ? 'java' : path.join(home, 'bin', 'java');
  const { code, output } = await runTool(command, ['--list-modules'], { timeoutMs: PROBE_MS });
  const major = Number(/^java\.base@(\d+)/m.exec(output)?.[1] ?? 0);
  return code === 0 && major >= 17 && /^jdk\.compiler@/m.test(output) ? command : undefined;
}

/** Debian keeps each major version of PostgreSQL in a folder of its own. */
async function findPostgresql(): Promise<string | undefined> {
  if (!existsSync(POSTGRESQL_FOLDER)) return undefined;
  return readdirSync(POSTGRESQL_FOLDER)
    .filter((version) => Number(version) >= 15)
    .map((version) => path.join(POSTGRESQL_FOLDER, version, 'bin'))
    .toSorted()
    .find((folder) => existsSync(path.join(folder, 'initdb')));
}

const TOOLS = {
  java: { title: 'Java 17 (JDK)', packages: ['openjdk-17-jdk-headless'], find: findJava },
  maven: {
    title: 'Maven',
    packages: ['maven'],
    find: () => answers('mvn', ['--version'], /Apache Maven 3\./),
  },
  redis: {
    title: 'redis-server',
    packages: ['redis-server'],
    find: () => answers('redis-server', ['--version'], /v=(?:[6-9]|\d\d)\./),
  },
  haproxy: {
    title: 'HAProxy',
    packages: ['haproxy'],
    find: () => answers('haproxy', ['-v'], /version (?:2\.[6-9]|[3-9])/),
  },
  postgresql: { title: 'PostgreSQL 15', packages: ['postgresql-15'], find: findPostgresql },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

const APT_MS = 300_000;

export interface Toolbox {
  /**
   * Finds a program, and installs it where this account may.
   * @throws MissingTool with one line that says what to install
   */
  require(name: ToolName): Promise<string>;
}

/** Makes a toolbox that looks for each program once. @param say told what is being installed */
export function createToolbox(say: (line: string) => void): Toolbox {
  const found = new Map<ToolName, Promise<string>>();
  // One at a time: apt holds a lock, and a package may bring what the next one needs.
  let installing: Promise<unknown> = Promise.resolve();

  const look = async (name: ToolName): Promise<string> => {
    const tool: Tool = TOOLS[name];
    const there = await tool.find();
    if (there !== undefined) return there;
    const attempt = installing.then(() => installTool(tool, say));
    installing = attempt.catch(() => undefined);
    await attempt;
    const installed = await tool.find();
    if (installed !== undefined) return installed;
    throw new MissingTool(`${tool.title} is not installed. ${cureOf(tool)}`);
  };

  return Object.freeze({
    require(name: ToolName) {
      let looked = found.get(name);
      if (looked === undefined) {
        looked = look(name);
        found.set(name, looked);
        looked.catch(() => undefined);
      }
      return looked;
    },
  });
}

function cureOf(tool: Tool): string {
  return `Install it, on Debian with "apt-get install ${tool.packages.join(' ')}" as root, and start again.`;
}

/** Debian's servers would start themselves on their usual ports: run level 1 keeps them from it. */
const QUIET = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };

async function installTool(tool: Tool, say: (line: string) => void): Promise<void> {
  const isRootOnDebian = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!isRootOnDebian) throw new MissingTool(`${tool.title} is not installed. ${cureOf(tool)}`);
  say(`Installing ${tool.title}.`);
  const install = () =>
    runTool('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...tool.packages], {
      timeoutMs: APT_MS,
      env: QUIET,
    });
  let result = await install();
  if (result.code !== 0) {
    // The list of packages may be missing, or older than what the mirror still has.
    await runTool('apt-get', ['update', '-qq'], { timeoutMs: APT_MS });
    result = await install();
  }
  if (result.code === 0) return;
  throw new MissingTool(
    `${tool.title} could not be installed: ${lastWords(result.output)}. ${cureOf(tool)}`,
  );
}
