import type { FastifyReply } from 'fastify';
import type { Bell } from './bell.ts';

/** Longest wait of a long poll; below the time-outs of proxies on the way. */
export const WAIT_MS_MAX = 25_000;
/** How often a waiter looks by itself, for commits of another process. */
const LOOK_EVERY_MS = 1_000;

/**
 * Reads a page of a feed, and where it is empty waits until there is something.
 * @param read looks once
 * @param isEmpty whether to go on waiting after this page
 */
export async function longPoll<Page>(options: {
  readonly bell: Bell;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly read: () => Promise<Page>;
  readonly isEmpty: (page: Page) => boolean;
}): Promise<Page> {
  const { bell, signal } = options;
  const endsAtMs = performance.now() + options.waitMs;
  for (;;) {
    const heard = bell.count();
    const page = await options.read();
    const leftMs = endsAtMs - performance.now();
    if (!options.isEmpty(page) || leftMs <= 0 || signal.aborted || bell.closed) return page;
    await bell.wait(heard, Math.min(leftMs, LOOK_EVERY_MS), signal);
  }
}

/** A signal that is given when the client goes away before its answer. */
export function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
