import { createHash } from 'node:crypto';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import { CHUNK_BYTES, writeChunk } from './file-store.ts';

/** Receives files: each chunk is kept when it is there, so that no more than one is in memory. */

export const FILE_BYTES_MAX = 256 * 1024 * 1024;

export interface ReceivedFile {
  readonly bytes: number;
  /** SHA-256 of all bytes, in hex. */
  readonly hash: string;
}

/** Passes bytes on while it hashes and counts them. @throws AppError `payload-too-large` */
export async function* hashing(
  body: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
  count: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > FILE_BYTES_MAX) {
      const detail = `An import has at most ${FILE_BYTES_MAX} bytes.`;
      throw new AppError('payload-too-large', { detail });
    }
    hash.update(chunk);
    count(bytes);
    yield chunk;
  }
}

/**
 * Keeps a body as the file of an import.
 * @throws AppError `payload-too-large`, or whatever ends the body
 */
export async function receiveFile(
  sql: Sql,
  fileId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  let number = 0;
  let parts: Uint8Array[] = [];
  let held = 0;
  const flush = async (): Promise<void> => {
    const chunk = Buffer.concat(parts);
    parts = [];
    held = 0;
    await writeChunk(sql, fileId, number, chunk);
    number += 1;
  };
  for await (const part of hashing(body, hash, (count) => (bytes = count))) {
    parts.push(part);
    held += part.length;
    if (held >= CHUNK_BYTES) await flush();
  }
  if (held > 0) await flush();
  return { bytes, hash: hash.digest('hex') };
}

/** Reads a body to its end without keeping it. @throws AppError `payload-too-large` */
export async function hashOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const _chunk of hashing(body, hash));
  return hash.digest('hex');
}
