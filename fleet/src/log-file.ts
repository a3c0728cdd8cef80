import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A log of one part, in two files at most: the present one and the one before. */
export interface LogFile {
  readonly file: string;
  readonly write: (text: string | Buffer) => void;
  readonly line: (text: string) => void;
  readonly close: () => void;
}

const SIZE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Opens a log that never takes more than about twice `sizeBytesMax` of the disk. What can't be
 * written (a full disk) is dropped: the fleet must not go down with its logs.
 */
export function openLogFile(file: string, sizeBytesMax: number = SIZE_BYTES_MAX): LogFile {
  mkdirSync(path.dirname(file), { recursive: true });
  let sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let descriptor: number | undefined = openSync(file, 'a', 0o600);

  function rotate(): void {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
    renameSync(file, `${file}.1`);
    descriptor = openSync(file, 'a', 0o600);
    sizeBytes = 0;
  }

  function write(text: string | Buffer): void {
    if (descriptor === undefined) return;
    try {
      if (sizeBytes > sizeBytesMax) rotate();
      sizeBytes += writeSync(descriptor, text as string);
    } catch {
      // The line is lost; the next one is tried again.
    }
  }

  return Object.freeze({
    file,
    write,
    line: (text: string) => write(`${new Date().toISOString()} ${text}\n`),
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  });
}
