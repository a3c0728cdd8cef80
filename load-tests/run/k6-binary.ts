import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** Where k6 comes from: the machine's own, else one that was built before, else one that is built now. */

/** Version that is built; suites use nothing newer. */
const K6_VERSION = 'v1.8.1';
const K6_MODULE = 'go.k6.io/k6';

/** A reason why there is no k6, with its cure in one line. */
export class MissingK6 extends Error {
  override readonly name = 'MissingK6';
}

type Environment = Readonly<Record<string, string | undefined>>;

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function findOnPath(name: string, env: Environment): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (folder !== '' && (await isProgram(file))) return file;
  }
  return undefined;
}

/** The folder that a built k6 is kept in: outside of the repository, so that every clone shares it. */
function cacheFolder(env: Environment): string {
  const root = env['XDG_CACHE_HOME'] ?? path.join(env['HOME'] ?? homedir(), '.cache');
  return path.join(root, 'global-commerce-platform', `k6-${K6_VERSION}`);
}

async function build(go: string, folder: string, env: Environment): Promise<void> {
  await mkdir(folder, { recursive: true });
  const child = spawn(go, ['install', `${K6_MODULE}@${K6_VERSION}`], {
    env: { ...env, GOBIN: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  if (code !== 0) {
    throw new MissingK6(
      `k6 could not be built (${go} ended with ${code ?? 'a fault'}): install it from https://k6.io, or set K6_BINARY to it.`,
    );
  }
}

/**
 * Finds k6, and builds it once where there is none but Go.
 * @param say told before something that takes minutes
 * @throws MissingK6 with one line that says what to do
 */
export async function findK6(env: Environment, say: (line: string) => void): Promise<string> {
  const named = env['K6_BINARY'];
  if (named !== undefined && named !== '') {
    if (await isProgram(named)) return named;
    throw new MissingK6(`K6_BINARY is "${named}", and no program is there: set it to k6 itself.`);
  }
  const own = await findOnPath('k6', env);
  if (own !== undefined) return own;
  const folder = cacheFolder(env);
  const built = path.join(folder, 'k6');
  if (await isProgram(built)) return built;
  const go = await findOnPath('go', env);
  if (go === undefined) {
    throw new MissingK6(
      'k6 is not on the PATH, and neither is Go to build it with: install k6 from https://k6.io or Go from https://go.dev, or set K6_BINARY to k6.',
    );
  }
  say(`Building k6 ${K6_VERSION} once, into ${folder}; this takes some minutes.`);
  await build(go, folder, env);
  return built;
}
