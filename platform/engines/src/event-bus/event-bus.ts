import type { EventEnvelope, Stream } from '@commerce/contracts/events';

/**
 * The event bus port, as a consumer sees it. Events come at least once, and in order for each
 * partition; partitions are not ordered among each other. A consumer keeps an inbox by event id, as a
 * batch may come again after a failure or a restart. Producers need no port: the log record of a
 * transaction is its outbox, and an adapter reads that.
 */
export interface EventSubscriber {
  /**
   * Begins to deliver; what was published before is delivered too, from where this consumer's last
   * acknowledged batch ended.
   */
  subscribe(subscription: EventSubscription): RunningSubscription;
}

export interface EventSubscription {
  /** Name that the progress is kept under: `[a-z][a-z0-9-]{1,60}`. One subscription runs at a time. */
  readonly consumer: string;
  readonly streams: readonly Stream[];
  /**
   * Takes a batch, which has at least one event. It is acknowledged when the promise resolves; when
   * it rejects, the same events come again, after a pause, and none after them before.
   */
  onBatch(events: readonly EventEnvelope[]): Promise<void>;
  /** Told how it goes; awaited before the next exchange. What it throws counts as `not-taken`. */
  onProgress?(progress: SubscriptionProgress): void | Promise<void>;
}

/** How far a consumer is (I8), as far as one exchange with the producer shows it. */
export type SubscriptionProgress =
  | {
      readonly kind: 'reached';
      /** Whether the consumer has everything now that was published `ageMs` ago. */
      readonly isCaughtUp: boolean;
      readonly ageMs: number;
    }
  /** The producer gave no usable answer. It is asked again. */
  | { readonly kind: 'unreachable'; readonly error: unknown }
  /** The consumer did not take the batch. It comes again. */
  | { readonly kind: 'not-taken'; readonly error: unknown };

export interface RunningSubscription {
  /**
   * Ends after the batch under way, and acknowledges it. Resolves when nothing is delivered any
   * more; never rejects. A second call waits for the same end.
   */
  stop(): Promise<void>;
}
