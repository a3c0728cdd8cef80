import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import { type Dispatcher, request } from 'undici';
import type { CellctlConfig } from './config.ts';

/** What an operator did, for the audit log of the control plane. */
export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  /** Such as `evacuation.run`. */
  readonly action: string;
  /** Cell, partition or evacuation. */
  readonly subject: string;
  readonly outcome: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * Keeps entries on disk until the control plane has them: an operator must be able to act while it is
 * away, and what they did must not be forgotten.
 */
export interface AuditJournal {
  /**
   * @param options.isUrgent it is kept, and sent with the next one: what comes must not wait for a control
   *   plane that hangs
   */
  record(
    entry: Pick<AuditEntry, 'action' | 'subject' | 'outcome' | 'detail'>,
    options?: { readonly isUrgent?: boolean },
  ): Promise<void>;
  /** Sends what is kept. @returns how many entries are still kept */
  ship(): Promise<number>;
}

const SHIP_TIMEOUT_MS = 2_000;

export function createAuditJournal(options: {
  readonly config: CellctlConfig;
  readonly clock: Clock;
  readonly serviceKey: Uint8Array;
  readonly agent: Dispatcher;
  readonly operator: string;
}): AuditJournal {
  const { config, clock, serviceKey, agent } = options;
  const folder = path.join(config.stateDir, 'unsent-audit');

  const ship = async (): Promise<number> => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
    if (config.controlPlane === undefined) return names.length;
    let sent = 0;
    for (const name of names.toSorted()) {
      const file = path.join(folder, name);
      const body = await readFile(file, 'utf8');
      try {
        const answer = await request(`${config.controlPlane}/v1/audit/entries`, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: signServiceCall(serviceKey, {
              caller: 'cellctl',
              audience: 'control-plane',
              clock,
            }),
          },
          body,
          signal: AbortSignal.timeout(SHIP_TIMEOUT_MS),
        });
        await answer.body.dump();
        if (answer.statusCode >= 300) break;
      } catch {
        // It is away: the entries wait for the next command.
        break;
      }
      await rm(file, { force: true });
      sent += 1;
    }
    return names.length - sent;
  };

  return {
    ship,
    async record(entry, { isUrgent = false } = {}) {
      const at = clock.now().toISOString();
      const whole: AuditEntry = { id: randomUUID(), at, by: options.operator, ...entry };
      await mkdir(folder, { recursive: true });
      const file = path.join(folder, `${at.replaceAll(':', '')}-${whole.id}.json`);
      await writeFile(`${file}.partial`, JSON.stringify(whole), { flush: true });
      await rename(`${file}.partial`, file);
      if (!isUrgent) await ship();
    },
  };
}
