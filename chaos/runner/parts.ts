import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnFleet } from '@commerce/load-tests/harness/whole-fleet';
import { controlPart } from './fleet-control.ts';

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
  /** Thaws what is frozen. */
  tidyUp(): void;
}

const POLL_MS = 50;
const READY_TIMEOUT_MS = 60_000;

export function handleParts(fleet: OwnFleet): Parts {
  const frozen = new Map<string, number>();

  const addressOf = (part: string): string => {
    if (part === 'router') return fleet.adminUrl;
    if (part === 'control plane') return fleet.controlPlaneUrl;
    return fleet.cellUrl(part.replace(/^cell /, ''));
  };

  return {
    async kill(part) {
      process.kill(await fleet.pidOf(part), 'SIGKILL');
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
      await controlPart(fleet, part, 'start');
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
    },
  };
}
