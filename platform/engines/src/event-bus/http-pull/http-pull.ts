import type {
  EventSubscriber,
  EventSubscription,
  RunningSubscription,
  SubscriptionProgress,
} from '../event-bus.ts';
import { type FeedBatch, FeedError, pullFeed } from './feed-client.ts';

/**
 * The event bus without a broker: the consumer pulls from the producer's own log over HTTP, and
 * acknowledges a batch with its next call. The producer keeps the cursors, so a consumer that starts
 * anew goes on where it was.
 */
export interface HttpPullOptions {
  /** Base address of the producer; read before each call, as a producer may move. */
  readonly url: () => string;
  /** Value of the Authorization header; called before each call, as tokens are short-lived. */
  readonly authorize: () => string;
  /** Default 500; events of a batch, at most. */
  readonly limit?: number;
  /** Default 10,000: how long the producer may hold an answer back while it has no event. */
  readonly waitMs?: number;
  /** Default 10,000: longest pause while the producer is away or a batch is not taken. */
  readonly backOffMsMax?: number;
}

/** First pause after a failure; doubled with each one in a row. */
const BACK_OFF_MS = 50;
/** Pause after an empty answer that was not held back, so that no producer is asked in a circle. */
const IDLE_MS = 200;
/** A stop waits no longer than this for its acknowledgement to arrive. */
const LAST_ACK_MS = 1_000;

/** Makes the consumer's side of one producer's feed. */
export function createHttpPullSubscriber(options: HttpPullOptions): EventSubscriber {
  return Object.freeze({
    subscribe: (subscription: EventSubscription) => startPulling(options, subscription),
  });
}

function startPulling(
  { url, authorize, limit = 500, waitMs = 10_000, backOffMsMax = 10_000 }: HttpPullOptions,
  subscription: EventSubscription,
): RunningSubscription {
  const { consumer, streams } = subscription;
  const stopping = new AbortController();
  let ack: string | null = null;
  /** The first call after a start or a failure is not held back: it shows whether somebody answers. */
  let isKnown = false;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (stopping.signal.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        stopping.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      stopping.signal.addEventListener('abort', end);
    });

  const pull = async (): Promise<FeedBatch> => {
    const request = { consumer, streams, limit, waitMs: isKnown ? waitMs : 0, ack };
    const batch = await pullFeed(url(), authorize(), request, stopping.signal);
    isKnown = true;
    // It was confirmed with the call that has just succeeded.
    ack = null;
    return batch;
  };

  /** The next call confirms the batch, and not where it was not taken. */
  const take = async (batch: FeedBatch, startedAt: number): Promise<void> => {
    const askedForMs = performance.now() - startedAt;
    const isEmpty = batch.events.length === 0;
    const wasHeldBack = isEmpty && askedForMs > waitMs / 2;
    if (!isEmpty) await subscription.onBatch(batch.events);
    ack = batch.ack;
    await subscription.onProgress?.({
      kind: 'reached',
      isCaughtUp: !batch.more,
      // An answer that was held back and is empty is as of its end: there was nothing all the while.
      ageMs: wasHeldBack ? 0 : performance.now() - startedAt,
    });
    if (isEmpty && !wasHeldBack) await pause(IDLE_MS);
  };

  const exchange = async (): Promise<SubscriptionProgress | undefined> => {
    const startedAt = performance.now();
    let batch: FeedBatch;
    try {
      batch = await pull();
    } catch (error) {
      isKnown = false;
      // A producer that does not know the token any more sends the batch again.
      if (error instanceof FeedError && error.status === 400) ack = null;
      return { kind: 'unreachable', error };
    }
    try {
      await take(batch, startedAt);
      return undefined;
    } catch (error) {
      return { kind: 'not-taken', error };
    }
  };

  const tell = async (failure: SubscriptionProgress): Promise<void> => {
    try {
      await subscription.onProgress?.(failure);
    } catch {
      // It is being told of a failure already, and the pause comes next.
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const failure = await exchange();
      if (stopping.signal.aborted) break;
      if (failure === undefined) {
        failures = 0;
        continue;
      }
      failures += 1;
      await tell(failure);
      await pause(Math.min(backOffMsMax, BACK_OFF_MS * 2 ** failures) * (0.5 + Math.random() / 2));
    }
    if (ack !== null) await confirmLast(ack);
  };

  const confirmLast = async (last: string): Promise<void> => {
    const request = { consumer, streams, limit: 1, waitMs: 0, ack: last };
    try {
      await pullFeed(url(), authorize(), request, AbortSignal.timeout(LAST_ACK_MS));
    } catch {
      // The batch only comes again, so a producer that is away need not be waited for.
    }
  };

  const running = run();
  return Object.freeze({
    stop: async () => {
      stopping.abort();
      await running;
    },
  });
}
