import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { crc32 } from 'node:zlib';

/** Entries between two remembered file offsets: what a read at any place has to skip at most. */
const INDEX_STEP = 256;

/**
 * An append-only file of JSON entries, one a line, each with its checksum. Entries are numbered from
 * 1 by their place. What `append` has confirmed is on the disk; an entry that a crash cut short is
 * dropped when the file is opened, since nobody was told of it.
 */
export interface Journal<Entry> {
  /** Resolves once the entry is on the disk; entries of the same moment share one sync. */
  readonly append: (entry: Entry) => Promise<void>;
  /** Resolves once everything appended so far is on the disk. */
  readonly settled: () => Promise<void>;
  /** At most `limit` entries after number `after`, with their numbers. */
  readonly read: (after: number, limit: number) => Promise<readonly Numbered<Entry>[]>;
  readonly close: () => Promise<void>;
}

export interface Numbered<Entry> {
  readonly seq: number;
  readonly entry: Entry;
}

/** A journal whose middle can't be read. Only its end may be torn by a crash. */
export class JournalDamaged extends Error {
  constructor(file: string, seq: number) {
    super(`${file} is damaged at entry ${seq}`);
    this.name = 'JournalDamaged';
  }
}

/**
 * Opens the journal, handing every entry in it to `replay` in order. Throws {@link JournalDamaged}.
 * After a failed write nothing is confirmed any more: memory is then ahead of the file, so the
 * caller must end the process and replay.
 */
export async function openJournal<Entry>(
  file: string,
  replay: (numbered: Numbered<Entry>) => void,
): Promise<Journal<Entry>> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'a+', 0o600);
  const offsets: number[] = [];
  let count = 0;
  let sizeBytes = 0;
  for await (const { line, whole } of linesOf(file, 0)) {
    const entry = whole ? decode<Entry>(line) : undefined;
    if (entry === undefined) {
      if ((await handle.stat()).size > sizeBytes + Buffer.byteLength(line) + 1) {
        throw new JournalDamaged(file, count + 1);
      }
      break;
    }
    if (count % INDEX_STEP === 0) offsets.push(sizeBytes);
    count += 1;
    sizeBytes += Buffer.byteLength(line) + 1;
    replay({ seq: count, entry });
  }
  await handle.truncate(sizeBytes);

  const writer = createGroupWriter(handle);
  return Object.freeze({
    append: (entry: Entry) => {
      const line = encode(entry);
      if (count % INDEX_STEP === 0) offsets.push(sizeBytes);
      count += 1;
      sizeBytes += Buffer.byteLength(line);
      return writer.write(line);
    },
    settled: writer.settled,
    read: async (after: number, limit: number) => {
      const durable = count;
      await writer.settled();
      const found: Numbered<Entry>[] = [];
      const block = Math.floor(after / INDEX_STEP);
      const start = offsets[block];
      if (start === undefined || after >= durable) return found;
      let seq = block * INDEX_STEP;
      for await (const { line } of linesOf(file, start)) {
        seq += 1;
        if (seq > durable || found.length >= limit) break;
        const entry = seq > after ? decode<Entry>(line) : undefined;
        if (entry !== undefined) found.push({ seq, entry });
      }
      return found;
    },
    close: async () => {
      await writer.settled();
      await handle.close();
    },
  });
}

interface GroupWriter {
  readonly write: (line: string) => Promise<void>;
  readonly settled: () => Promise<void>;
}

/** One write and one sync for all lines that arrived while the previous sync ran. */
function createGroupWriter(handle: FileHandle): GroupWriter {
  let waiting: string[] = [];
  let next: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();

  async function flush(previous: Promise<void>): Promise<void> {
    await previous;
    const lines = waiting;
    waiting = [];
    next = undefined;
    await handle.appendFile(lines.join(''));
    await handle.datasync();
  }

  return {
    write: (line) => {
      waiting.push(line);
      if (next === undefined) {
        next = flush(running);
        running = next;
      }
      return next;
    },
    settled: () => running,
  };
}

interface Line {
  readonly line: string;
  /** Whether a line end follows: false for the torn end of a file. */
  readonly whole: boolean;
}

async function* linesOf(file: string, start: number): AsyncGenerator<Line> {
  const stream = createReadStream(file, { start });
  let lastByte = 0x0a;
  stream.on('data', (chunk) => {
    lastByte = (chunk as Buffer).at(-1) ?? lastByte;
  });
  let held: string | undefined;
  for await (const line of createInterface({
    input: stream,
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (held !== undefined) yield { line: held, whole: true };
    held = line;
  }
  if (held !== undefined) yield { line: held, whole: lastByte === 0x0a };
}

function encode(entry: unknown): string {
  // The line reader takes these two for line ends; JSON allows them raw inside strings.
  const json = JSON.stringify(entry)
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return `${checksum(json)} ${json}\n`;
}

function decode<Entry>(line: string): Entry | undefined {
  const json = line.slice(9);
  if (line[8] !== ' ' || checksum(json) !== line.slice(0, 8)) return undefined;
  return JSON.parse(json) as Entry;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
