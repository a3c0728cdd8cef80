import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StartupFault } from '@commerce/service/part';
import { startIdentity } from './process-identity.ts';

interface Holder {
  readonly pid: number;
  readonly identity: string;
}

/** The right to use a data folder; held by one fleet at a time. */
export interface FolderLock {
  readonly release: () => Promise<void>;
}

const ATTEMPTS_MAX = 5;

/**
 * Takes the lock of a data folder. A lock whose holder is gone (killed, or before a reboot) is taken
 * over. Throws a {@link StartupFault} that names the holder.
 */
export async function lockFolder(root: string): Promise<FolderLock> {
  const file = path.join(root, 'fleet.lock');
  const own = JSON.stringify({ pid: process.pid, identity: await startIdentity(process.pid) });
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (await create(file, own)) return { release: () => rm(file, { force: true }) };
    const text = await readFile(file, 'utf8').catch(() => '');
    const holder = parseHolder(text);
    if (holder !== undefined && (await startIdentity(holder.pid)) === holder.identity) {
      throw new StartupFault(
        `another fleet (process ${holder.pid}) runs on ${root}`,
        'Stop it with Ctrl-C, or choose another folder with --data and other ports with --port.',
      );
    }
    await removeStale(file, text);
  }
  throw new StartupFault(
    `the lock ${file} keeps changing hands`,
    'Another start is under way: wait for it.',
  );
}

/** Creates the lock with its content in one step, so that nobody ever reads an empty one. */
async function create(file: string, own: string): Promise<boolean> {
  const draft = `${file}.draft-${process.pid}`;
  await writeFile(draft, own);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes the lock that was found stale, unless another start has replaced it meanwhile. */
async function removeStale(file: string, text: string): Promise<void> {
  const aside = `${file}.stale-${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => text);
  if (moved !== text) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    // Gone meanwhile, or damaged: nobody holds it.
    return undefined;
  }
}
