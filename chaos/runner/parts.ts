import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnFleet } from '@commerce/load-tests/harness/whole-fleet';

/** What can be done to the processes of a fleet. */
export interface Parts {
  /** Ends a part without a chance to tidy up. The launcher starts it again, unless it was told not to. */
  kill(part: string): Promise<void>;
  /** Stops its time: it answers nobody, and goes on later with what it believed. */
  freeze(part: string): Promise<void>;
  thaw(part: string): Promise<void>;
  /** Starts a part that stays down again, as it was. */
  revive(part: string): Promise<void>;
  /** Waits until a part answers `/health/ready`; of a cell, that it takes writes as well. */
  awaitReady(part: string): Promise<void>;
  /** Thaws what is frozen, and ends what was revived: it is no child of the launcher. */
  tidyUp(): void;
}

const POLL_MS = 50;
const READY_TIMEOUT_MS = 60_000;

interface Remembered {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a process was started; from `/proc`, so on Linux alone. */
function remember(pid: number): Remembered {
  const split = (file: string): string[] =>
    readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').filter(Boolean);
  const env = split('environ').map((entry): [string, string] => {
    const at = entry.indexOf('=');
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  return { words: split('cmdline'), env: Object.fromEntries(env) };
}

export function handleParts(fleet: OwnFleet): Parts {
  const frozen = new Map<string, number>();
  const killed = new Map<string, Remembered>();
  const revived: number[] = [];

  const addressOf = (part: string): string => {
    if (part === 'router') return fleet.adminUrl;
    if (part === 'control plane') return fleet.controlPlaneUrl;
    return fleet.cellUrl(part.replace(/^cell /, ''));
  };

  return {
    async kill(part) {
      const pid = await fleet.pidOf(part);
      killed.set(part, remember(pid));
      process.kill(pid, 'SIGKILL');
    },
    async freeze(part) {
      const pid = await fleet.pidOf(part);
      frozen.set(part, pid);
      process.kill(pid, 'SIGSTOP');
    },
    async thaw(part) {
      const pid = frozen.get(part);
      if (pid === undefined) throw new Error(`${part} is not frozen`);
      frozen.delete(part);
      process.kill(pid, 'SIGCONT');
    },
    async revive(part) {
      const how = killed.get(part);
      const [program, ...words] = how?.words ?? [];
      if (how === undefined || program === undefined) throw new Error(`${part} was not killed`);
      const env = Object.fromEntries(
        Object.entries(how.env).filter(([name]) => name !== 'NODE_CHANNEL_FD'),
      );
      const child = spawn(program, words, { env, stdio: 'ignore', detached: true });
      child.unref();
      revived.push(child.pid as number);
    },
    async awaitReady(part) {
      const deadline = Date.now() + READY_TIMEOUT_MS;
      for (;;) {
        const status = await fetch(`${addressOf(part)}/health/ready`, {
          signal: AbortSignal.timeout(2_000),
        }).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 200) return;
        if (Date.now() > deadline) throw new Error(`${part} did not come back (${status})`);
        await sleep(POLL_MS);
      }
    },
    tidyUp() {
      for (const pid of [...frozen.values()]) {
        try {
          process.kill(pid, 'SIGCONT');
        } catch {
          // It was ended meanwhile.
        }
      }
      for (const pid of revived) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
    },
  };
}
