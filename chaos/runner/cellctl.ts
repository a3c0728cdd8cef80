import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** `cellctl` as an operator runs it: a process of its own, that may be killed. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = path.join(ROOT, 'global-control-plane/src/cellctl/main.ts');

export interface CellctlRun {
  readonly pid: number;
  kill(): void;
  readonly ended: Promise<CellctlEnd>;
}

export interface CellctlEnd {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly tookMs: number;
  /** The document that it printed; undefined where it printed none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each command prints its own
  readonly result: any;
  readonly complaint: string;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function collect(child: ChildProcess): Promise<CellctlEnd> {
  const startedAt = performance.now();
  let printed = '';
  let complaint = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const tookMs = performance.now() - startedAt;
      resolve({ code, tookMs, result: parse(printed), complaint: complaint.trim() });
    });
  });
}

/** Starts a command on the fleet of a data folder. */
export function startCellctl(dataDir: string, words: readonly string[]): CellctlRun {
  const config = path.join(dataDir, 'cellctl.json');
  const flags = ['--config', config, '--json', '--yes', '--operator', 'chaos'];
  const child = spawn(process.execPath, [MAIN, ...flags, ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return {
    pid: child.pid as number,
    kill: () => void child.kill('SIGKILL'),
    ended: collect(child),
  };
}

/** Ends after which the same command may succeed: somebody else's lease runs out, a part comes back. */
const WORTH_REPEATING: ReadonlySet<number | null> = new Set([4, 5, 8, null]);
const REPEAT_PAUSE_MS = 500;

/**
 * Runs a command until it succeeds.
 * @throws Error with its last complaint after the time, or at once where repeating is of no use
 */
export async function insist(
  dataDir: string,
  words: readonly string[],
  timeoutMs: number,
): Promise<CellctlEnd> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const end = await startCellctl(dataDir, words).ended;
    if (end.code === 0) return end;
    if (!WORTH_REPEATING.has(end.code) || Date.now() > deadline) {
      throw new Error(`cellctl ${words.join(' ')} ended with ${end.code}: ${end.complaint}`);
    }
    await sleep(REPEAT_PAUSE_MS);
  }
}
