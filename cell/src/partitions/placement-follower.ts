import type { Realm } from '@commerce/contracts/ids';
import type { RefreshAnswer } from '@commerce/contracts/partition-control';
import type { PlacementTable } from '@commerce/contracts/placements';
import { AppError } from '@commerce/contracts/problems';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import type { Ownership } from './ownership.ts';
import type { Admission, Admitted } from './roles/admission.ts';

/**
 * Keeps the cell's roles in step with the directory: once a second, and at once where somebody says
 * that there is news. Until the directory has confirmed it once, a cell that starts is quarantined: it
 * serves reads and refuses writes. Afterwards it needs nobody.
 */
export interface PlacementFollower {
  readonly job: Job;
  /**
   * Reads the directory now and does what it asks for. Calls that come while it is read share the
   * next reading, which began after they came.
   * @throws AppError `unavailable` where the directory does not answer
   */
  refresh(): Promise<RefreshAnswer>;
}

export function createPlacementFollower(options: {
  /** Undefined where the directory's word alone ends a quarantine. */
  readonly admission?: Admission;
  readonly directory: Directory;
  readonly ownership: Ownership;
  readonly realm: Realm;
  readonly log: Logger;
}): PlacementFollower {
  const { directory, ownership, realm, log, admission } = options;
  let running: Promise<RefreshAnswer> | undefined;
  let next: Promise<RefreshAnswer> | undefined;

  /** @returns undefined where this cell may not write yet */
  const admit = async (table: PlacementTable): Promise<Admitted | undefined> => {
    if (admission === undefined || ownership.isConfirmed()) return { table, complete: undefined };
    await ownership.note(table);
    return admission.examine(table);
  };

  const readNow = async (): Promise<RefreshAnswer> => {
    const known = ownership.table();
    const newer = await directory.readPlacements(
      realm,
      known === undefined ? {} : { ifNewerThan: known.version },
    );
    const table = newer ?? known;
    if (table === undefined) {
      throw new AppError('unavailable', { detail: `The directory does not know ${realm} yet.` });
    }
    if (newer === undefined && !ownership.isUnsettled()) {
      return { tableVersion: table.version, promoted: [], demoted: [], waiting: [] };
    }
    const admitted = await admit(table);
    if (admitted === undefined) {
      return { tableVersion: table.version, promoted: [], demoted: [], waiting: [] };
    }
    const { complete } = admitted;
    const answer = await ownership.confirm(admitted.table, { complete });
    if (newer !== undefined) {
      const count = ownership.counts().primary;
      log.info({ version: answer.tableVersion, count }, 'placement confirmed');
    }
    return answer;
  };

  const start = (): Promise<RefreshAnswer> => {
    const reading = readNow().finally(() => {
      if (running === reading) running = undefined;
    });
    running = reading;
    return reading;
  };

  const refresh = (): Promise<RefreshAnswer> => {
    if (running === undefined) return start();
    // What is being read may have been read before the caller's news was written.
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };

  return Object.freeze<PlacementFollower>({
    refresh,
    job: {
      name: 'placement',
      intervalMs: 1_000,
      async run() {
        await refresh();
        return false;
      },
    },
  });
}
