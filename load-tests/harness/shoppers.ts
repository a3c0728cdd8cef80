import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalLine } from '../books/journal.ts';
import { type Connection, formatRequest, openConnection, type RawAnswer } from './connection.ts';

/**
 * Shoppers who buy again and again through the router, each time as somebody new, and write down what
 * they asked for and what they were told. They behave as good clients do: what got no answer, or a
 * fault that may pass, is sent again under the same key, for a while.
 */
export interface Shoppers {
  /** Everything that was written down so far, oldest first. */
  readonly journal: readonly JournalLine[];
  /** Every request with its time, for pauses: when it was sent, how long it took, where it ended. */
  readonly requests: readonly TimedRequest[];
  /**
   * Waits for so many more acknowledged orders.
   * @throws Error where they do not come in time
   */
  awaitOrders(count: number, timeoutMs?: number): Promise<void>;
  /** Lets purchases under way end, and begins no new one. */
  stop(): Promise<void>;
}

export interface TimedRequest {
  readonly atMs: number;
  readonly tookMs: number;
  readonly step: string;
  readonly status: number;
  readonly partition: string;
  readonly cell: string;
  /** `epoch.version` of a write; empty for everything else. */
  readonly position: string;
}

export interface ShopperOptions {
  readonly routerPort: number;
  readonly count: number;
  /** ISO country that they are in. */
  readonly country: keyof typeof HOMES;
  readonly variantIds: readonly string[];
  /** Between two purchases of a shopper, so that a machine with few cores has some left. */
  readonly pauseMs?: number;
  /** Whether a shopper keeps their pin, and so their partition, from one purchase to the next. */
  readonly areLoyal?: boolean;
  /** How long a request is sent again before the shopper gives up. */
  readonly patienceMs?: number;
}

const HOMES = {
  DE: {
    currency: 'EUR',
    address: { line1: 'Friedrichstr. 1', postalCode: '10117', city: 'Berlin', country: 'DE' },
  },
  FR: {
    currency: 'EUR',
    address: { line1: '1 rue de Rivoli', postalCode: '75001', city: 'Paris', country: 'FR' },
  },
  US: {
    currency: 'USD',
    address: {
      line1: '1 Main St',
      postalCode: '22030',
      city: 'Fairfax',
      region: 'VA',
      country: 'US',
    },
  },
} as const;

const ANSWER_TIMEOUT_MS = 15_000;
const RETRY_PAUSE_MS = 150;
const PATIENCE_MS = 30_000;
const PAUSE_MS = 40;
const ORDERS_TIMEOUT_MS = 120_000;
const POLL_MS = 20;

interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have many shapes
  readonly body: any;
  readonly head: string;
  readonly tries: number;
  readonly tookMs: number;
}

const headerOf = (head: string, name: string): string =>
  new RegExp(`\\r\\n${name}: *([^\\r\\n]*)`, 'i').exec(head)?.[1] ?? '';

/** `eu-1f3` of `cart_eu1f3_…`; empty where there is no id yet. */
const partitionIn = (path: string): string =>
  /_([a-z][a-z0-9]*)([0-3][0-9a-f]{2})_/.exec(path)?.slice(1).join('-') ?? '';

/** Answers after which the very same request may succeed. */
const isPassing = (status: number): boolean => status === 0 || status === 421 || status >= 500;

async function withTimeout(connection: Connection, request: string): Promise<RawAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      connection.close();
      reject(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`));
    }, ANSWER_TIMEOUT_MS);
  });
  try {
    return await Promise.race([connection.send(request), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A browser: one connection, opened anew when it breaks, and one pin for each purchase. */
function createBrowser(options: ShopperOptions, journal: JournalLine[], requests: TimedRequest[]) {
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  let connection: Connection | undefined;
  let cookie: string | undefined;

  const once = async (request: string): Promise<RawAnswer | Error> => {
    try {
      connection ??= await openConnection(options.routerPort);
      return await withTimeout(connection, request);
    } catch (error) {
      connection?.close();
      connection = undefined;
      return error as Error;
    }
  };

  return {
    forget(): void {
      cookie = undefined;
    },
    close(): void {
      connection?.close();
    },
    async send(
      step: string,
      method: string,
      path: string,
      body?: unknown,
      key?: string,
    ): Promise<Answer> {
      const startedAt = performance.now();
      for (let tries = 1; ; tries += 1) {
        const headers = {
          'x-client-country': options.country,
          accept: 'application/json',
          ...(cookie !== undefined && { cookie }),
          ...(key !== undefined && { 'idempotency-key': key }),
        };
        const atMs = Date.now();
        const sentAt = performance.now();
        const answer = await once(formatRequest(method, path, headers, body));
        const tookMs = performance.now() - sentAt;
        const status = answer instanceof Error ? 0 : answer.status;
        const head = answer instanceof Error ? '' : answer.head;
        const text = answer instanceof Error ? answer.message : answer.body.toString();
        const cell = headerOf(head, 'x-cell');
        const position = headerOf(head, 'x-partition-position');
        const partition = partitionIn(path) || partitionIn(text.slice(0, 100));
        requests.push({ atMs, tookMs, step, status, partition, cell, position });
        if (isPassing(status)) {
          const detail = text.slice(0, 300);
          journal.push({ kind: 'failed', atMs, request: step, status, cell, detail });
          if (performance.now() - startedAt < patienceMs) {
            await sleep(RETRY_PAUSE_MS);
            continue;
          }
        }
        cookie ??= /\r\nset-cookie: *([^;\r\n]*)/i.exec(head)?.[1];
        const isJson = text.startsWith('{') || text.startsWith('[');
        const parsed: unknown = isJson && status !== 0 ? JSON.parse(text) : undefined;
        return { status, body: parsed, head, tries, tookMs: performance.now() - startedAt };
      }
    },
  };
}
type Browser = ReturnType<typeof createBrowser>;

/** @returns the cart's id, or undefined where the shopper gave up */
async function fillCart(
  { send }: Browser,
  options: ShopperOptions,
  variantId: string,
  journal: JournalLine[],
): Promise<string | undefined> {
  const { currency, address } = HOMES[options.country];
  const { country } = options;
  const created = await send('cart', 'POST', '/v1/carts', { currency, country }, randomUUID());
  if (created.status !== 201) return undefined;
  const id = created.body.id as string;
  const cart = `/v1/carts/${id}`;
  const line = { variantId, quantity: 1 };
  const added = await send('line', 'POST', `${cart}/lines`, line, randomUUID());
  const email = await send('email', 'PUT', `${cart}/email`, { email: 'journal@load.example' });
  const to = { name: 'Journal Keeper', ...address };
  const place = await send('address', 'PUT', `${cart}/shipping-address`, to);
  const shipping = await send('options', 'GET', `${cart}/shipping-options`);
  const refused = [added, email, place, shipping].find(({ status }) => status !== 200);
  if (refused !== undefined) {
    const code = String(refused.body?.code ?? '');
    journal.push({ kind: 'refused', atMs: Date.now(), key: id, status: refused.status, code });
    return undefined;
  }
  const vendors = shipping.body as { vendorId: string; options: { id: string }[] }[];
  const choices = vendors.map((vendor) => ({
    vendorId: vendor.vendorId,
    optionId: vendor.options[0]?.id,
  }));
  const chosen = await send('choose', 'PUT', `${cart}/shipping-options`, choices);
  return chosen.status === 200 ? id : undefined;
}

function writeAnswer(journal: JournalLine[], key: string, answer: Answer): void {
  const { status, body, head } = answer;
  const atMs = Date.now();
  if (status === 201) {
    journal.push({
      kind: 'acknowledged',
      atMs,
      key,
      groupId: body.id as string,
      totalMinor: body.totalMinor as number,
      currency: body.currency as string,
      cell: headerOf(head, 'x-cell'),
      position: headerOf(head, 'x-partition-position'),
      isDegraded: headerOf(head, 'x-durability') === 'degraded',
      tookMs: Math.round(answer.tookMs),
      tries: answer.tries,
    });
  } else if (status >= 400 && !isPassing(status)) {
    journal.push({ kind: 'refused', atMs, key, status, code: String(body?.code ?? '') });
  } else {
    journal.push({ kind: 'unanswered', atMs, key, reason: String(status) });
  }
}

async function buy(
  browser: Browser,
  options: ShopperOptions,
  journal: JournalLine[],
): Promise<void> {
  if (options.areLoyal !== true) browser.forget();
  const { variantIds } = options;
  const variantId = variantIds[Math.floor(Math.random() * variantIds.length)] as string;
  const cartId = await fillCart(browser, options, variantId, journal);
  if (cartId === undefined) return;
  const key = randomUUID();
  journal.push({ kind: 'intent', atMs: Date.now(), key, cartId, variantId, quantity: 1 });
  const payment = { payment: { gateway: 'sandbox', token: 'tok_visa' } };
  const path = `/v1/carts/${cartId}/checkout`;
  writeAnswer(journal, key, await browser.send('pay', 'POST', path, payment, key));
}

/** Lets shoppers begin; they go on until `stop`. */
export function startShoppers(options: ShopperOptions): Shoppers {
  const journal: JournalLine[] = [];
  const requests: TimedRequest[] = [];
  const over = new AbortController();
  const shop = async (): Promise<void> => {
    const browser = createBrowser(options, journal, requests);
    while (!over.signal.aborted) {
      await buy(browser, options, journal);
      await sleep(options.pauseMs ?? PAUSE_MS);
    }
    browser.close();
  };
  const all = Array.from({ length: options.count }, shop);
  const acknowledged = (): number => journal.filter(({ kind }) => kind === 'acknowledged').length;
  return {
    journal,
    requests,
    async awaitOrders(count, timeoutMs = ORDERS_TIMEOUT_MS) {
      const goal = acknowledged() + count;
      const deadline = Date.now() + timeoutMs;
      while (acknowledged() < goal) {
        if (Date.now() > deadline) {
          const last = journal.findLast(({ kind }) => kind === 'refused' || kind === 'failed');
          throw new Error(
            `nobody could buy for ${timeoutMs} ms; the last no: ${JSON.stringify(last)}`,
          );
        }
        await sleep(POLL_MS);
      }
    },
    async stop() {
      over.abort();
      await Promise.all(all);
    },
  };
}
