import { createHmac } from 'node:crypto';
import { mkdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import {
  decodePlacements,
  type EncodedPlacementTable,
  encodePlacements,
} from '@commerce/contracts/placements';
import type { VersionedCell } from '@commerce/engines/directory/directory';
import { replaceFile } from '@commerce/service/replace-file';
import { createRoutingTable, type RoutingTable } from './routing-table.ts';

/** Keeps the last known table on disk, so that a router starts while everything else is down. */
export interface TableStore {
  /**
   * Call it first. The table kept, `absent` where there is none, `damaged` where it can't be trusted: it
   * was cut short, or was not written under our key.
   */
  load(): Promise<KeptTable | 'absent' | 'damaged'>;
  /** Replaces the kept table. After a crash either the old one or the new one is there, whole. */
  save(table: RoutingTable): Promise<void>;
  /** Notes that the kept table was still the newest one now. */
  confirm(): Promise<void>;
}

export interface KeptTable {
  readonly table: RoutingTable;
  /** When the directory last confirmed it, in milliseconds since 1970. */
  readonly confirmedAtMs: number;
}

interface StoredTable {
  readonly format: 1;
  readonly cells: readonly VersionedCell[];
  readonly placements: readonly EncodedPlacementTable[];
}

const FILE_NAME = 'routing-table.json';

/**
 * Makes the store in a folder, which is created where it is missing. The file's first line is a MAC of the
 * rest: who can write the file, but has no key, can't send shoppers elsewhere.
 */
export function createTableStore(folder: string, key: Uint8Array): TableStore {
  const path = join(folder, FILE_NAME);
  return Object.freeze({
    async load(): Promise<KeptTable | 'absent' | 'damaged'> {
      // A folder that can't be made is found at the start, and not when the table is needed.
      await mkdir(folder, { recursive: true });
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
        throw error;
      }
      const table = decode(text, key);
      return table === undefined ? 'damaged' : { table, confirmedAtMs: (await stat(path)).mtimeMs };
    },
    async save(table: RoutingTable): Promise<void> {
      await replaceFile(path, encode(table, key));
    },
    async confirm(): Promise<void> {
      const now = new Date();
      await utimes(path, now, now);
    },
  });
}

function digest(text: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(`routing-table\n${text}`).digest('hex');
}

function encode(table: RoutingTable, key: Uint8Array): string {
  const stored: StoredTable = {
    format: 1,
    cells: [...table.cells.values()],
    placements: [...table.placements.values()].map(encodePlacements),
  };
  const text = JSON.stringify(stored);
  return `${digest(text, key)}\n${text}\n`;
}

function decode(text: string, key: Uint8Array): RoutingTable | undefined {
  const lineEnd = text.indexOf('\n');
  const body = text.slice(lineEnd + 1).trimEnd();
  if (lineEnd === -1 || text.slice(0, lineEnd) !== digest(body, key)) return undefined;
  try {
    const stored = JSON.parse(body) as StoredTable;
    if (stored.format !== 1) return undefined;
    return createRoutingTable(stored.cells, stored.placements.map(decodePlacements));
  } catch {
    // A file of another format with a right digest: as good as none.
    return undefined;
  }
}
