import { spawn } from 'node:child_process';
import type { ServerAccount } from './account.ts';

/** Error codes that a database's own words are translated to, so that callers can name a cure. */
export type ServerFaultCode = 'EADDRINUSE' | 'EACCES' | 'ENOSPC' | 'EFAILED';

/** What a failing PostgreSQL program said, under a code that tells the operator's cures apart. */
export class ServerFault extends Error {
  readonly code: ServerFaultCode;
  constructor(message: string, code: ServerFaultCode, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServerFault';
    this.code = code;
  }
}

const FAULT_PHRASES: readonly (readonly [RegExp, ServerFaultCode])[] = [
  [/address already in use/i, 'EADDRINUSE'],
  [/no space left on device/i, 'ENOSPC'],
  [/permission denied/i, 'EACCES'],
];

/** Makes the fault that the output of a PostgreSQL program tells of. */
export function faultFromOutput(what: string, output: string): ServerFault {
  const code = FAULT_PHRASES.find(([phrase]) => phrase.test(output))?.[1] ?? 'EFAILED';
  const lines = output.trim().split('\n');
  const said = lines.findLast((line) => /FATAL|PANIC|error/i.test(line)) ?? lines.at(-1) ?? '';
  return new ServerFault(`${what}: ${said.trim() || 'no reason given'}`, code);
}

/**
 * The environment of PostgreSQL programs. LC_ALL=C because initdb fails under a locale that is not
 * installed and picks SQL_ASCII without one; nothing else of the owner's environment is handed on.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Spawn options that put a program under the server's account. */
export function accountOptions(account: ServerAccount | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/**
 * Runs a program to its end under the account.
 * Throws a {@link ServerFault} with the program's own words when it does not exit with 0.
 */
export function runProgram(
  command: string,
  args: readonly string[],
  account: ServerAccount | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-8192);
    };
    const child = spawn(command, args, {
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...accountOptions(account),
    });
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const code = cause.code === 'EACCES' ? 'EACCES' : 'EFAILED';
      reject(new ServerFault(`${command} can't be started: ${cause.message}`, code, { cause }));
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(faultFromOutput(`${command} ended with ${code ?? signal}`, output));
    });
  });
}
