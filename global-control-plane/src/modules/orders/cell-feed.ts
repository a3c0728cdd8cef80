import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import { request } from 'undici';

/** One batch of a cell's events; `ack` confirms it with the next call. */
export interface EventBatch {
  readonly events: readonly unknown[];
  /** Undefined where there is nothing to confirm. */
  readonly ack: string | undefined;
  /** Events that the cell has beyond this batch; undefined where it does not say. */
  readonly lagEvents: number | undefined;
}

export interface PullOptions {
  readonly cellId: string;
  readonly url: string;
  readonly limit: number;
  readonly waitMs: number;
  readonly ack: string | undefined;
  readonly signal: AbortSignal;
}

export type PullEvents = (options: PullOptions) => Promise<EventBatch>;

/** For the answer itself, beyond the wait. */
const ANSWER_MS = 10_000;
const CONSUMER = 'control-plane';

/** @param key shared by the control plane and the cells */
export function createEventPuller(key: Uint8Array, clock: Clock): PullEvents {
  return async ({ cellId, url, limit, waitMs, ack, signal }) => {
    const timeoutMs = waitMs + ANSWER_MS;
    const answer = await request(`${url}/internal/v1/events/pull`, {
      method: 'POST',
      headers: {
        authorization: signServiceCall(key, { caller: CONSUMER, audience: cellId, clock }),
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        consumer: CONSUMER,
        streams: ['order'],
        limit,
        waitMs,
        ack: ack ?? null,
      }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw new Error(`${cellId} answered ${answer.statusCode} to the pull of its events`);
    }
    const body = (await answer.body.json()) as Readonly<Record<string, unknown>> | null;
    const { events, ack: next, lagEvents } = body ?? {};
    if (!Array.isArray(events) || (typeof next !== 'string' && next !== null)) {
      throw new Error(`${cellId} answered something that is no batch of events`);
    }
    return {
      events,
      ack: next ?? undefined,
      lagEvents: typeof lagEvents === 'number' ? lagEvents : undefined,
    };
  };
}
