import { createHmac } from 'node:crypto';
import { request } from 'undici';
import { openJournal } from './journal.ts';

/** A message that is owed to a merchant. */
export interface WebhookEvent {
  /** Number of the ledger entry that it tells of. */
  readonly seq: number;
  readonly url: string;
  /** JSON text, sent and signed as it is. */
  readonly body: string;
}

export interface WebhookOptions {
  /** Journal of what was delivered, so that a restart goes on where it stopped. */
  readonly file: string;
  readonly key: Uint8Array;
  readonly log: (line: string) => void;
  /** First pause after a failed attempt, in milliseconds; it doubles up to {@link PAUSE_MAX_MS}. */
  readonly retryPauseMs?: number;
}

export interface WebhookSender {
  /** Whether an earlier run has delivered (or given up) the event of this ledger entry. */
  readonly isSettled: (seq: number) => boolean;
  /** Sends until a 2xx comes back; resolves when it has, or when the event is given up. */
  readonly send: (event: WebhookEvent) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Delivery {
  readonly seq: number;
  readonly outcome: 'delivered' | 'given-up';
}

const RETRY_PAUSE_MS = 250;
const PAUSE_MAX_MS = 30_000;
/** With the pauses above about an hour: longer than a cell takes to come back or to be evacuated. */
const ATTEMPTS_MAX = 128;
const ANSWER_TIMEOUT_MS = 10_000;
const CONCURRENT_MAX = 32;

/** Signature of a webhook: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. */
export function signWebhook(body: string, key: Uint8Array, unixS: number): string {
  const mac = createHmac('sha256', key).update(`${unixS}.${body}`).digest('hex');
  return `t=${unixS},v1=${mac}`;
}

/** Sends webhooks, at least once each, in no particular order, and remembers which arrived. */
export async function openWebhookSender(options: WebhookOptions): Promise<WebhookSender> {
  const settled = new Set<number>();
  const journal = await openJournal<Delivery>(options.file, ({ entry }) => settled.add(entry.seq));
  const closing = new AbortController();
  const queue = createGate(CONCURRENT_MAX);

  async function attempt(event: WebhookEvent): Promise<boolean> {
    const unixS = Math.floor(Date.now() / 1000);
    try {
      const answer = await request(event.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'sandbox-signature': signWebhook(event.body, options.key, unixS),
        },
        body: event.body,
        headersTimeout: ANSWER_TIMEOUT_MS,
        bodyTimeout: ANSWER_TIMEOUT_MS,
        signal: closing.signal,
      });
      await answer.body.dump();
      return answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      return false;
    }
  }

  async function send(event: WebhookEvent): Promise<void> {
    for (let attempts = 1; !closing.signal.aborted; attempts += 1) {
      const delivered = await queue(() => attempt(event));
      if (closing.signal.aborted && !delivered) return;
      if (delivered || attempts === ATTEMPTS_MAX) {
        settled.add(event.seq);
        if (!delivered) options.log(`gave up webhook ${event.seq} after ${attempts} attempts`);
        // Not awaited by the merchant's answer: losing this line only sends the webhook again.
        await journal
          .append({ seq: event.seq, outcome: delivered ? 'delivered' : 'given-up' })
          .catch((error: unknown) => options.log(`webhook journal: ${String(error)}`));
        return;
      }
      const pauseMs = (options.retryPauseMs ?? RETRY_PAUSE_MS) * 2 ** Math.min(attempts - 1, 16);
      await pause(Math.min(pauseMs, PAUSE_MAX_MS), closing.signal);
    }
  }

  return Object.freeze({
    isSettled: (seq: number) => settled.has(seq),
    send,
    close: async () => {
      closing.abort();
      await journal.close();
    },
  });
}

/** Lets at most `limit` tasks run at once; the others wait in order. */
function createGate(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      // The slot goes to the next in line, or back.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** Waits, but not past the close. */
export function pause(durationMs: number, cancel: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (cancel.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      cancel.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    cancel.addEventListener('abort', done);
  });
}
