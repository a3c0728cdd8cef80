import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResponseCache } from './response-cache.ts';

/** What an adapter brings to run the suite. */
export interface ResponseCacheHarness {
  start(): Promise<{
    readonly cache: ResponseCache;
    /** Another process's client of the same engine; the same one where the engine is not shared. */
    readonly other: ResponseCache;
    stop(): Promise<void>;
  }>;
}

/** A text that is made on demand: it counts how often, and can be held up. */
function createMaker(text: string) {
  let made = 0;
  let release: () => void = () => undefined;
  let gate: Promise<void> = Promise.resolve();
  return {
    count: () => made,
    hold(): void {
      gate = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    make: async (): Promise<string> => {
      made += 1;
      await gate;
      return text;
    },
  };
}

/** The suite that every adapter of the response cache passes. */
export function describeResponseCache(name: string, harness: ResponseCacheHarness): void {
  describe(`response cache on ${name}`, () => {
    let engine: Awaited<ReturnType<ResponseCacheHarness['start']>>;
    const request = (tags: readonly string[] = [], lifetimeMs = 60_000) => ({
      key: `/v1/products?${randomUUID()}`,
      tags,
      lifetimeMs,
    });
    beforeAll(async () => {
      engine = await harness.start();
    });
    afterAll(() => engine?.stop());

    it('makes a text once, for its own process and for another', async () => {
      const wanted = request();
      const text = `{"ü":"日本"}${'x'.repeat(50_000)}`;
      const maker = createMaker(text);
      expect(await engine.cache.get(wanted, maker.make)).toBe(text);
      expect(await engine.cache.get(wanted, maker.make)).toBe(text);
      expect(await engine.other.get(wanted, maker.make)).toBe(text);
      expect(maker.count()).toBe(1);
    });

    it('makes a text once for all who ask at the same moment', async () => {
      const wanted = request();
      const maker = createMaker('crowd');
      maker.hold();
      const asked = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? engine.cache : engine.other).get(wanted, maker.make),
      );
      await expect.poll(maker.count).toBe(1);
      maker.release();
      expect(new Set(await Promise.all(asked))).toEqual(new Set(['crowd']));
      expect(maker.count()).toBe(1);
    });

    it('forgets what carries a tag that is purged, everywhere, and nothing else', async () => {
      const [shoe, shoes, lamp] = [randomUUID(), randomUUID(), randomUUID()];
      const [page, list, other] = [request([shoe]), request([shoes, shoe]), request([lamp])];
      const maker = createMaker('text');
      for (const wanted of [page, list, other]) await engine.cache.get(wanted, maker.make);
      await engine.other.purge([shoe]);
      for (const wanted of [page, list, other]) await engine.cache.get(wanted, maker.make);
      expect(maker.count()).toBe(5);
      for (const wanted of [page, list, other]) await engine.other.get(wanted, maker.make);
      expect(maker.count()).toBe(5);
    });

    it('never keeps what was being made during a purge of its tags', async () => {
      const tag = randomUUID();
      const wanted = request([tag]);
      const old = createMaker('old');
      old.hold();
      const early = engine.cache.get(wanted, old.make);
      await expect.poll(old.count).toBe(1);
      await engine.cache.purge([tag]);
      old.release();
      expect(await early).toBe('old');
      expect(await engine.cache.get(wanted, createMaker('new').make)).toBe('new');
    });

    it('remembers no failure, and lets the next one try at once', async () => {
      const wanted = request();
      const failed = engine.cache.get(wanted, async () => {
        throw new Error('the database is away');
      });
      await expect(failed).rejects.toThrow('the database is away');
      const startedAt = performance.now();
      expect(await engine.other.get(wanted, createMaker('fine').make)).toBe('fine');
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    });

    it('makes a text anew after its time', async () => {
      const wanted = request([], 60);
      const maker = createMaker('brief');
      await engine.cache.get(wanted, maker.make);
      await expect
        .poll(async () => {
          await engine.cache.get(wanted, maker.make);
          return maker.count();
        })
        .toBe(2);
    });

    it('refuses to keep a text for no time, for ever, or under more tags than there may be', async () => {
      const { make } = createMaker('text');
      const many = Array.from({ length: 17 }, () => randomUUID());
      for (const wrong of [request([], 0), request([], 1e12), request(many)]) {
        await expect(engine.cache.get(wrong, make)).rejects.toThrow(RangeError);
      }
    });
  });
}
