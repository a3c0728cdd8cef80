import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BlobStore, blobName } from './blob.ts';

/** What an adapter brings to run the suite. */
export interface BlobHarness {
  start(): Promise<{
    readonly store: BlobStore;
    /** Another client of the same store. */
    readonly other: BlobStore;
    /** Harms the stored bytes behind the store's back. */
    damage(hash: string): Promise<void>;
    stop(): Promise<void>;
  }>;
}

/** The suite that every adapter of the blob port passes. */
export function describeBlobStore(name: string, harness: BlobHarness): void {
  describe(`blob store on ${name}`, () => {
    let engine: Awaited<ReturnType<BlobHarness['start']>>;
    const fresh = (): { bytes: Buffer; hash: string } => {
      const bytes = randomBytes(10_000);
      return { bytes, hash: blobName(bytes) };
    };

    beforeAll(async () => {
      engine = await harness.start();
    });
    afterAll(() => engine.stop());

    it('gives back, to any client, exactly the bytes that were kept', async () => {
      const { bytes, hash } = fresh();
      await engine.store.put(hash, bytes);
      expect(await engine.store.get(hash)).toEqual(bytes);
      expect(await engine.other.get(hash)).toEqual(bytes);
    });

    it('keeps empty bytes too', async () => {
      const hash = blobName(new Uint8Array());
      await engine.store.put(hash, new Uint8Array());
      expect(await engine.store.get(hash)).toEqual(Buffer.alloc(0));
    });

    it('keeps the same bytes many times and at the same time', async () => {
      const { bytes, hash } = fresh();
      const stores = [engine.store, engine.other];
      await Promise.all(Array.from({ length: 20 }, (_, i) => stores[i % 2]?.put(hash, bytes)));
      expect(await engine.store.get(hash)).toEqual(bytes);
    });

    it('knows nothing of what was never kept, or was removed', async () => {
      const { bytes, hash } = fresh();
      expect(await engine.store.get(hash)).toBeUndefined();
      await engine.store.put(hash, bytes);
      await engine.store.remove(hash);
      await engine.store.remove(hash);
      expect(await engine.store.get(hash)).toBeUndefined();
    });

    it('refuses bytes under a name that is not theirs, and names that lead elsewhere', async () => {
      const { bytes, hash } = fresh();
      await expect(engine.store.put(blobName(Buffer.from('else')), bytes)).rejects.toThrow(
        TypeError,
      );
      await expect(engine.store.put(hash.toUpperCase(), bytes)).rejects.toThrow(TypeError);
      for (const wrong of ['', '..', '../../etc/passwd', `${hash}/`, hash.slice(1)]) {
        await expect(engine.store.get(wrong)).rejects.toThrow(TypeError);
        await expect(engine.store.remove(wrong)).rejects.toThrow(TypeError);
      }
    });

    it('does not give out damaged bytes, and heals when they are kept again', async () => {
      const { bytes, hash } = fresh();
      await engine.store.put(hash, bytes);
      await engine.damage(hash);
      expect(await engine.store.get(hash)).toBeUndefined();
      await engine.store.put(hash, bytes);
      expect(await engine.store.get(hash)).toEqual(bytes);
    });
  });
}
