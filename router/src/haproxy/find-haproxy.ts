import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A HAProxy on this machine. */
export interface FoundHaproxy {
  readonly binary: string;
  readonly version: string;
}

/** Rules in named defaults and `jwt_verify` came with it. */
const OLDEST = [2, 6] as const;

/**
 * Looks for HAProxy and asks for its version.
 * @param binary name or path
 * @returns the reason in words where there is none that can be used
 */
export async function findHaproxy(
  binary = 'haproxy',
): Promise<FoundHaproxy | { readonly missing: string }> {
  let banner: string;
  try {
    banner = (await promisify(execFile)(binary, ['-vv'], { timeout: 10_000 })).stdout;
  } catch {
    return { missing: `HAProxy is not installed (no "${binary}")` };
  }
  const found = /version (\d+)\.(\d+)[^\s]*/.exec(banner);
  const [text = '', major = '0', minor = '0'] = found ?? [];
  const isOld =
    Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  const version = text.replace('version ', '');
  if (found === null || isOld)
    return {
      missing: `HAProxy ${OLDEST.join('.')} is needed, there is ${version || 'another program'}`,
    };
  if (!/\+OPENSSL/.test(banner)) return { missing: `HAProxy ${version} is built without OpenSSL` };
  return { binary, version };
}
