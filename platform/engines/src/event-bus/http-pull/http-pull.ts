import type {
  EventSubscriber,
  EventSubscription,
  RunningSubscription,
  SubscriptionProgress,
} from '../event-bus.ts';
import { FeedError, pullFeed } from './feed-client.ts';

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
  const report = (progress: SubscriptionProgress): void => subscription.onProgress?.(progress);
  let ack: string | null = null;

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

  /** One exchange; the next call confirms the batch, and not where it was not taken. */
  const exchange = async (): Promise<void> => {
    const startedAt = performance.now();
    const request = { consumer, streams, limit, waitMs, ack };
    const batch = await pullFeed(url(), authorize(), request, stopping.signal);
    // It was confirmed with the call that has just succeeded.
    ack = null;
    if (batch.events.length > 0) await subscription.onBatch(batch.events);
    ack = batch.ack;
    report({ kind: 'reached', isCaughtUp: !batch.more });
    if (batch.events.length === 0 && performance.now() - startedAt < waitMs / 2)
      await pause(IDLE_MS);
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        await exchange();
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) break;
        report({ kind: 'failed', error });
        // A producer that does not know the token any more sends the batch again.
        if (error instanceof FeedError && error.status === 400) ack = null;
        failures += 1;
        await pause(
          Math.min(backOffMsMax, BACK_OFF_MS * 2 ** failures) * (0.5 + Math.random() / 2),
        );
      }
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
