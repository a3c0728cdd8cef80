import type { Realm } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import type { Ownership } from './ownership.ts';

/**
 * Keeps the cell's view of its placements up to date. Until the directory has confirmed it once, a
 * cell that starts is quarantined: it serves reads and refuses writes. Afterwards it needs nobody.
 */
export function createPlacementJob(options: {
  readonly directory: Directory;
  readonly ownership: Ownership;
  readonly realm: Realm;
  readonly log: Logger;
}): Job {
  const { directory, ownership, realm, log } = options;
  let knownVersion: number | undefined;
  return {
    name: 'placement',
    intervalMs: 1_000,
    async run() {
      const known = knownVersion === undefined ? {} : { ifNewerThan: knownVersion };
      const table = await directory.readPlacements(realm, known);
      if (table === undefined) return false;
      await ownership.confirm(table);
      knownVersion = table.version;
      log.info(
        { version: table.version, count: ownership.counts().primary },
        'placement confirmed',
      );
      return false;
    },
  };
}
