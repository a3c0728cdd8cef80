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

/** What of a plan an experiment needs. */
export interface PlanStatus {
  readonly id: string;
  readonly state: string;
  readonly mode: string;
}

/** The newest evacuation; undefined where none was asked for, or nobody can tell at the moment. */
export async function readNewestPlan(dataDir: string): Promise<PlanStatus | undefined> {
  const { result } = await startCellctl(dataDir, ['evacuate', 'status']).ended;
  return (result as { evacuations?: readonly PlanStatus[] } | undefined)?.evacuations?.[0];
}

const REPEAT_PAUSE_MS = 500;

/**
 * Works at the newest evacuation until it is in a state. Others may hold its lease for a while, and
 * parts may be on their way back, so a refusal is no end.
 * @throws Error with the last complaint after the time
 */
export async function bringPlanTo(
  dataDir: string,
  command: 'resume' | 'rollback',
  state: 'done' | 'rolled-back',
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let complaint = 'there is no plan';
  for (;;) {
    const plan = await readNewestPlan(dataDir);
    if (plan?.state === state) return;
    if (Date.now() > deadline) {
      throw new Error(
        `the evacuation is ${plan?.state ?? 'unknown'} and not ${state}: ${complaint}`,
      );
    }
    if (plan !== undefined) {
      // One that goes back already is only resumed.
      const word = plan.state === 'rolling-back' ? 'resume' : command;
      const end = await startCellctl(dataDir, ['evacuate', word, plan.id]).ended;
      complaint = end.complaint;
      if (end.code === 0) continue;
    }
    await sleep(REPEAT_PAUSE_MS);
  }
}
