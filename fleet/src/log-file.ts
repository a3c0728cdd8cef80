import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import path from 'node:path';

/** A log of one part, in two files at most: the present one and the one before. */
export interface LogFile {
  readonly file: string;
  readonly write: (text: string | Buffer) => void;
  readonly line: (text: string) => void;
  readonly close: () => Promise<void>;
}

const SIZE_BYTES_MAX = 8 * 1024 * 1024;

/** Opens a log that never takes more than twice `sizeBytesMax` of the disk. */
export function openLogFile(file: string, sizeBytesMax: number = SIZE_BYTES_MAX): LogFile {
  mkdirSync(path.dirname(file), { recursive: true });
  let sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let stream = openStream();

  function openStream(): WriteStream {
    const opened = createWriteStream(file, { flags: 'a', mode: 0o600 });
    // A full disk must not take the fleet down with it; what matters is reported elsewhere.
    opened.on('error', () => undefined);
    return opened;
  }

  function write(text: string | Buffer): void {
    if (sizeBytes > sizeBytesMax) {
      stream.end();
      renameSync(file, `${file}.1`);
      sizeBytes = 0;
      stream = openStream();
    }
    sizeBytes += Buffer.byteLength(text);
    stream.write(text);
  }

  return Object.freeze({
    file,
    write,
    line: (text: string) => write(`${new Date().toISOString()} ${text}\n`),
    close: () => new Promise<void>((resolve) => stream.end(resolve)),
  });
}
