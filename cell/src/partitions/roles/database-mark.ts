import { readFile } from 'node:fs/promises';
import { replaceFile } from '@commerce/service/replace-file';

/**
 * What is remembered of the database outside of it: a backup that is put in its place does not bring
 * this along, so the two differ.
 */
export interface DatabaseMark {
  /** Undefined where nothing was ever remembered, or it can't be read. */
  read(): Promise<Remembered | undefined>;
  write(remembered: Remembered): Promise<void>;
}

export interface Remembered {
  readonly incarnation: string;
  /** The database has said at least so often that it is there. */
  readonly beats: bigint;
}

const FORMAT = /^(?<incarnation>[0-9a-f-]{36}) (?<beats>\d{1,18})\n$/;

/** Keeps the mark in a file of its own, which is replaced whole. */
export function createFileMark(path: string): DatabaseMark {
  return Object.freeze<DatabaseMark>({
    async read() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      const { incarnation, beats } = FORMAT.exec(text)?.groups ?? {};
      if (incarnation === undefined || beats === undefined) return undefined;
      return { incarnation, beats: BigInt(beats) };
    },
    write: ({ incarnation, beats }) => replaceFile(path, `${incarnation} ${beats}\n`),
  });
}
