import type { EventEnvelope, Stream } from '@commerce/contracts/events';

/** One call of a producer's feed: `POST /internal/v1/events/pull`. */

export interface FeedBatch {
  readonly events: readonly EventEnvelope[];
  /** Confirms the batch with a later call; null where there is nothing to confirm. */
  readonly ack: string | null;
  /** Whether the producer's log holds more than was looked at for this batch. */
  readonly more: boolean;
}

export interface FeedRequest {
  readonly consumer: string;
  readonly streams: readonly Stream[];
  readonly limit: number;
  /** How long the producer may hold its answer back while it has no event. */
  readonly waitMs: number;
  /** Of the last batch that was taken, or null. */
  readonly ack: string | null;
}

/** An answer that is no batch. */
export class FeedError extends Error {
  override readonly name = 'FeedError';
  /** HTTP status; undefined where the answer was 200 and its body was wrong. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** For the answer itself, beyond the wait. */
const ANSWER_MS = 10_000;
const FEED_PATH = '/internal/v1/events/pull';

/**
 * Asks for the next events.
 * @param url base address of the producer, without a path
 * @param authorization value of the Authorization header
 * @throws FeedError where the answer is no batch; TypeError or AbortError where there is none
 */
export async function pullFeed(
  url: string,
  authorization: string,
  request: FeedRequest,
  signal: AbortSignal,
): Promise<FeedBatch> {
  const response = await fetch(new URL(FEED_PATH, url), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(request),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(request.waitMs + ANSWER_MS)]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new FeedError(
      `${url} answered ${response.status} to the pull of its events`,
      response.status,
    );
  }
  const body = (await response.json().catch(() => undefined)) as Partial<FeedBatch> | undefined;
  const { events, ack, more } = body ?? {};
  const isConfirmable = typeof ack === 'string' || ack === null;
  if (!Array.isArray(events) || !isConfirmable || typeof more !== 'boolean') {
    throw new FeedError(`${url} answered something that is no batch of events`);
  }
  return { events: events as readonly EventEnvelope[], ack, more };
}
