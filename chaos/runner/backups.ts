import { execFile } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { OwnFleet } from '@commerce/load-tests/harness/whole-fleet';
import { controlPart } from './fleet-control.ts';

const copyWhole = promisify(execFile);

/** Cold backups of a cell's database, by the control of the fleet. */
export interface Backups {
  /** Ends the cell and its database, copies the database and starts both again. */
  take(cell: string): Promise<void>;
  /** Ends both at once, as a crash does, and starts them on the copy. What was there is gone. */
  restore(cell: string): Promise<void>;
}

export function createBackups(fleet: OwnFleet): Backups {
  const end = async (cell: string): Promise<void> => {
    await controlPart(fleet, `cell ${cell}`, 'kill');
    await controlPart(fleet, `${cell} database`, 'stop');
  };
  const start = async (cell: string): Promise<void> => {
    await controlPart(fleet, `${cell} database`, 'start');
    await controlPart(fleet, `cell ${cell}`, 'start');
  };
  const databaseOf = (cell: string): string => path.join(fleet.dataDir, 'databases', cell);
  const backupOf = (cell: string): string => path.join(fleet.dataDir, `backup-of-${cell}`);
  return Object.freeze<Backups>({
    async take(cell) {
      await end(cell);
      // With its owner: a fleet that runs as root has its databases run by another account.
      await copyWhole('cp', ['-a', databaseOf(cell), backupOf(cell)]);
      await start(cell);
    },
    async restore(cell) {
      await end(cell);
      await rm(databaseOf(cell), { recursive: true });
      await rename(backupOf(cell), databaseOf(cell));
      await start(cell);
    },
  });
}
