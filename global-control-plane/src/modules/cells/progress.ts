import type { Clock } from '@commerce/service/clock';
import { type CatalogProgress, readCatalogProgress } from './probe.ts';

export interface SeenProgress {
  /** Undefined where the cell did not answer. */
  readonly progress: CatalogProgress | undefined;
  readonly asOf: Date;
}

/** Asks cells how far their catalogue is, at the moment that somebody wants to know. */
export interface ProgressReader {
  read(cell: { readonly id: string; readonly url: string }): Promise<SeenProgress>;
}

/** Several people who wait for the same cell share an answer that is no older than this. */
const SHARED_MS = 100;

export function createProgressReader(clock: Clock): ProgressReader {
  const latest = new Map<string, { readonly askedAtMs: number; answer: Promise<SeenProgress> }>();
  return Object.freeze({
    read: ({ id, url }: { readonly id: string; readonly url: string }) => {
      const known = latest.get(id);
      const nowMs = performance.now();
      if (known !== undefined && nowMs - known.askedAtMs < SHARED_MS) return known.answer;
      const answer = readCatalogProgress(url).then((progress) => ({ progress, asOf: clock.now() }));
      latest.set(id, { askedAtMs: nowMs, answer });
      return answer;
    },
  });
}
