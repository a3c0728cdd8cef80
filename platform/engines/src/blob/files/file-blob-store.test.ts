import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { blobName } from '../blob.ts';
import { describeBlobStore } from '../blob.contract.ts';
import { createFileBlobStore } from './file-blob-store.ts';

const makeFolder = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'blobs-'));

describeBlobStore('files', {
  async start() {
    const folder = await makeFolder();
    return {
      store: createFileBlobStore({ folder }),
      other: createFileBlobStore({ folder, flush: true }),
      damage: (hash) => writeFile(path.join(folder, hash.slice(0, 2), hash), 'half a pict'),
      stop: () => rm(folder, { recursive: true }),
    };
  },
});

it('leaves no part behind, and says so where the folder can not be used', async () => {
  const folder = await makeFolder();
  const bytes = Buffer.from('a picture');
  const hash = blobName(bytes);
  await createFileBlobStore({ folder }).put(hash, bytes);
  expect(await readdir(path.join(folder, hash.slice(0, 2)))).toEqual([hash]);
  const notAFolder = path.join(folder, 'file');
  await writeFile(notAFolder, '');
  await chmod(notAFolder, 0o600);
  const broken = createFileBlobStore({ folder: notAFolder });
  await expect(broken.put(hash, bytes)).rejects.toMatchObject({ code: 'unavailable' });
  await rm(folder, { recursive: true });
});
