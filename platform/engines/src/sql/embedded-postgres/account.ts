import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** The operating-system account that a database server runs under. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account to start servers under: undefined for an ordinary user, who runs them itself.
 * PostgreSQL refuses to run as root, so root hands them to `postgres` where the machine has such an
 * account and to `nobody` elsewhere; no account is ever created.
 */
export async function findServerAccount(): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  for (const wanted of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':');
    if (fields?.[2] === undefined || fields[3] === undefined) continue;
    // macOS writes nobody's ids as -2.
    return { name: wanted, uid: Number(fields[2]) >>> 0, gid: Number(fields[3]) >>> 0 };
  }
  throw new Error(
    'PostgreSQL does not run as root and this machine has neither a "postgres" nor a "nobody" account: start as an ordinary user',
  );
}

/**
 * Whether the account may enter every folder above `target` (and `target` itself where it exists).
 * Undefined means this process's own account, which is always taken to reach what it was given.
 */
export async function canReach(
  target: string,
  account: ServerAccount | undefined,
): Promise<boolean> {
  if (account === undefined) return true;
  for (let at = path.resolve(target); ; at = path.dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found !== undefined) {
      const shift = found.uid === account.uid ? 6 : found.gid === account.gid ? 3 : 0;
      if (((found.mode >> shift) & 1) === 0) return false;
    }
    if (at === path.dirname(at)) return true;
  }
}
