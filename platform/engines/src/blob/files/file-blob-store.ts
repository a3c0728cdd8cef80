import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@commerce/contracts/problems';
import { type BlobStore, blobName, checkBlobName } from '../blob.ts';

export interface FileBlobStoreOptions {
  /** Absolute path; made at the first write. */
  readonly folder: string;
  /**
   * Whether bytes are on the disk itself when `put` returns. Default false: they survive the death
   * of the process; a loss of power may harm a file, which its hash shows.
   */
  readonly flush?: boolean;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** A disk that is full or closed is a state that an operator ends, not a fault of the request. */
function toUnavailable(error: unknown): AppError {
  const { code } = error as NodeJS.ErrnoException;
  return new AppError('unavailable', {
    detail: `The folder of pictures can not be used (${code ?? 'unknown'}).`,
    retryAfterS: 5,
    cause: error,
  });
}

/** The adapter on a folder: `ab/abcdef…`, written beside and renamed, so no reader sees a part. */
export function createFileBlobStore(options: FileBlobStoreOptions): BlobStore {
  const { folder, flush = false } = options;
  const pathOf = (hash: string): string => path.join(folder, hash.slice(0, 2), hash);
  const madeFolders = new Set<string>();

  const makeFolder = async (name: string): Promise<void> => {
    if (madeFolders.has(name)) return;
    await mkdir(name, { recursive: true });
    madeFolders.add(name);
  };

  return Object.freeze({
    async put(hash: string, bytes: Uint8Array) {
      checkBlobName(hash);
      if (blobName(bytes) !== hash) throw new TypeError(`the bytes are not those of ${hash}`);
      const target = pathOf(hash);
      const beside = `${target}.${randomUUID()}.part`;
      try {
        await makeFolder(path.dirname(target));
        await writeFile(beside, bytes, { flush });
        await rename(beside, target);
      } catch (error) {
        madeFolders.clear();
        await rm(beside, { force: true }).catch(() => undefined);
        throw toUnavailable(error);
      }
    },
    async get(hash: string) {
      checkBlobName(hash);
      try {
        const bytes = await readFile(pathOf(hash));
        return blobName(bytes) === hash ? bytes : undefined;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw toUnavailable(error);
      }
    },
    async remove(hash: string) {
      checkBlobName(hash);
      await rm(pathOf(hash), { force: true }).catch((error: unknown) => {
        throw toUnavailable(error);
      });
    },
  });
}
