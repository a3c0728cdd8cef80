import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { canReach, type ServerAccount } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { runProgram, ServerFault } from './run-program.ts';
import { isPostmasterOf } from './stale-postmaster.ts';

/** Begins the names of folders for clusters whose own place is closed to the server's account. */
const AWAY_PREFIX = '/var/tmp/commerce-data-';
/** File in such a folder that says which pointer leads to it. */
const POINTER_NAME = 'pointer';

/**
 * Where a cluster's files stand. Usually `dataDir` itself; where the server's account can't enter
 * the folders above it, a folder of its own in /var/tmp, which the file `<dataDir>.location` names.
 */
export async function resolveDataFolder(
  dataDir: string,
  account: ServerAccount | undefined,
  log: (line: string) => void,
): Promise<string> {
  const wanted = path.resolve(dataDir);
  const pointer = `${wanted}.location`;
  const pointed = (await readFile(pointer, 'utf8').catch(() => undefined))?.trim();
  if (pointed !== undefined && pointed !== '') {
    if ((await lstat(path.dirname(pointed)).catch(() => undefined)) !== undefined) return pointed;
    throw new ServerFault(
      `the database folder ${pointed}, which ${pointer} names, is gone: restore it, or start with --fresh`,
      'EFAILED',
    );
  }
  await mkdir(path.dirname(wanted), { recursive: true });
  if (await canReach(path.dirname(wanted), account)) return wanted;
  await removeAbandonedFolders();
  const home = await mkdtemp(AWAY_PREFIX);
  await chmod(home, 0o711);
  const folder = path.join(home, path.basename(wanted));
  await writeFile(pointer, `${folder}\n`);
  // Last, since a folder with a named but missing pointer is taken for abandoned.
  await writeFile(path.join(home, POINTER_NAME), `${pointer}\n`);
  log(`keeping the database in ${folder}, as "${account?.name}" can't enter ${wanted}`);
  return folder;
}

/** Removes a stopped cluster's files, wherever they stand. Removing what is not there is fine. */
export async function removeDataFolder(dataDir: string): Promise<void> {
  const wanted = path.resolve(dataDir);
  const pointer = `${wanted}.location`;
  const pointed = (await readFile(pointer, 'utf8').catch(() => undefined))?.trim();
  // The pointer is believed only for folders of the kind that we make ourselves.
  if (pointed?.startsWith(AWAY_PREFIX) === true && !pointed.includes('..')) {
    await rm(path.dirname(pointed), { recursive: true, force: true });
  }
  await rm(wanted, { recursive: true, force: true });
  await rm(pointer, { force: true });
}

/**
 * Removes folders of ours that nobody can find any more, because the temporary folder that led to
 * them was removed as a whole. Elsewhere a missing pointer proves nothing: the data folder may have
 * been moved, or its disk may be away. A folder in which a server runs is left alone.
 */
async function removeAbandonedFolders(): Promise<void> {
  const parent = path.dirname(AWAY_PREFIX);
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith(path.basename(AWAY_PREFIX)))) {
    const home = path.join(parent, name);
    if (await isAbandoned(home)) await rm(home, { recursive: true, force: true });
  }
}

async function isAbandoned(home: string): Promise<boolean> {
  const found = await lstat(home).catch(() => undefined);
  if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) return false;
  const pointer = await readFile(path.join(home, POINTER_NAME), 'utf8').catch(() => '');
  if (!pointer.startsWith(`${tmpdir()}${path.sep}`) || (await exists(pointer.trim()))) return false;
  for (const name of await readdir(home)) {
    const folder = path.join(home, name);
    const pidFile = await readFile(path.join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
    if (await isPostmasterOf(Number.parseInt(pidFile, 10), folder)) return false;
  }
  return true;
}

export interface NewClusterFiles {
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount | undefined;
  readonly password: string | undefined;
  /** Folder of an initialised, never started cluster to copy; made where it is missing. */
  readonly templateDir: string | undefined;
  /** Whether the files must outlive a power cut. */
  readonly durable: boolean;
}

/**
 * Makes the files of a new cluster, from the template where one is given (a copy takes a tenth of
 * the time of an initdb). An interrupted call leaves nothing that the next one would take for whole.
 */
export async function createClusterFiles(files: NewClusterFiles): Promise<void> {
  const { folder, binaries, account, templateDir } = files;
  if (templateDir === undefined || !(await canReach(path.dirname(templateDir), account))) {
    await initialise(folder, files);
  } else {
    const template = path.join(templateDir, `postgres-${binaries.version}`);
    if (!(await exists(template))) await initialise(template, files);
    const partial = `${folder}.partial`;
    await makeOwnFolder(partial, account);
    await runProgram('cp', ['-Rp', `${template}/.`, partial], account);
    await rename(partial, folder);
  }
  // One call for all files: a sync of each of the thousand takes a second.
  if (files.durable) await runProgram('sync', [], undefined);
}

/** Full path of one of PostgreSQL's programs. */
export function program(
  binaries: PostgresBinaries,
  name: 'initdb' | 'pg_ctl' | 'postgres',
): string {
  return path.join(binaries.folder, 'bin', name);
}

async function initialise(folder: string, files: NewClusterFiles): Promise<void> {
  const { binaries, account, password } = files;
  const partial = `${folder}.initdb-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${partial}.password`;
  const authentication = ['--auth=trust'];
  try {
    await makeOwnFolder(partial, account);
    if (password !== undefined) {
      await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
      if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
      authentication.splice(0, 1, '--auth=scram-sha-256', `--pwfile=${passwordFile}`);
    }
    await runProgram(
      program(binaries, 'initdb'),
      [
        '-D',
        partial,
        '--username=postgres',
        ...authentication,
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--wal-segsize=4',
        '--no-sync',
        '--no-instructions',
      ],
      account,
    );
    await rename(partial, folder).catch(async (error: unknown) => {
      // Two processes may make the same template; the first one's is as good.
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(partial, { recursive: true, force: true });
  }
}

/** Makes an empty folder that belongs to the server's account; its parents stay as they are. */
async function makeOwnFolder(folder: string, account: ServerAccount | undefined): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  if (account !== undefined) await chown(folder, account.uid, account.gid);
}

async function exists(target: string): Promise<boolean> {
  return (await lstat(target).catch(() => undefined)) !== undefined;
}
