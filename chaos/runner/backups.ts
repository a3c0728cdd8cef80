import { cp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { OwnFleet } from '@commerce/load-tests/harness/whole-fleet';

/** Cold backups of a cell's database, by the control of the fleet. */
export interface Backups {
  /** Ends the cell and its database, copies the database and starts both again. */
  take(cell: string): Promise<void>;
  /** Ends both at once, as a crash does, and starts them on the copy. What was there is gone. */
  restore(cell: string): Promise<void>;
}

/** Distance of the control's port from the router's. */
const TO_CONTROL = 2;

export function createBackups({ dataDir, routerPort }: OwnFleet): Backups {
  const ask = async (part: string, verb: 'kill' | 'stop' | 'start'): Promise<void> => {
    const name = encodeURIComponent(part);
    const url = `http://127.0.0.1:${routerPort + TO_CONTROL}/parts/${name}/${verb}`;
    const answer = await fetch(url, { method: 'POST', headers: { 'x-fleet-control': 'chaos' } });
    if (!answer.ok) throw new Error(`${verb} ${part}: ${answer.status} ${await answer.text()}`);
  };
  const end = async (cell: string): Promise<void> => {
    await ask(`cell ${cell}`, 'kill');
    await ask(`${cell} database`, 'stop');
  };
  const start = async (cell: string): Promise<void> => {
    await ask(`${cell} database`, 'start');
    await ask(`cell ${cell}`, 'start');
  };
  const databaseOf = (cell: string): string => path.join(dataDir, 'databases', cell);
  const backupOf = (cell: string): string => path.join(dataDir, `backup-of-${cell}`);
  return Object.freeze<Backups>({
    async take(cell) {
      await end(cell);
      await cp(databaseOf(cell), backupOf(cell), { recursive: true, preserveTimestamps: true });
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
