import { createHash } from 'node:crypto';

/**
 * The blob port: bytes under the SHA-256 of themselves. A name never changes its bytes, so writing
 * is idempotent, readers cache for ever, and every copy can be checked by its name.
 */
export interface BlobStore {
  /**
   * Keeps bytes. Nobody sees a part of them. Keeping them again is no error.
   * @param hash SHA-256 of the bytes, 64 lower-case hex digits
   * @throws TypeError where the name is not the hash of the bytes
   */
  put(hash: string, bytes: Uint8Array): Promise<void>;
  /**
   * Reads bytes, checked against their name: damaged ones count as absent.
   * @throws TypeError where the name is no hash
   */
  get(hash: string): Promise<Buffer | undefined>;
  /** Forgets bytes; no error where there are none. */
  remove(hash: string): Promise<void>;
}

const HASH_PATTERN = /^[0-9a-f]{64}$/;

/** Refuses a name that is no hash: it becomes a part of paths and URLs. */
export function checkBlobName(hash: string): void {
  if (!HASH_PATTERN.test(hash)) throw new TypeError('a blob is named by 64 hex digits');
}

/** The name of bytes: their SHA-256 in hex. */
export function blobName(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
