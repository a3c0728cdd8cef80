import { check } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Counter, Trend } from 'k6/metrics';

/**
 * A shopper as k6 plays one: a new browser each time, who fills a cart, gives an address, chooses
 * how to ship, and pays. What is asked and told goes into the journal, one line each, from which the
 * runner finds out afterwards whether an acknowledged order was lost, doubled or charged wrongly.
 */

const BASE_URL = __ENV['BASE_URL'] ?? 'http://127.0.0.1:8080';
/** ISO country that the shoppers are in: it decides which cells they land in. */
const COUNTRY = __ENV['COUNTRY'] ?? 'DE';
/** Of the generated shoppers, so that their orders can be told from others. */
const RUN = __ENV['RUN_ID'] ?? 'load';

export const ordersAcknowledged = new Counter('orders_acknowledged');
export const ordersRefused = new Counter('orders_refused');
export const placeOrderMs = new Trend('place_order_ms', true);
export const checkoutMs = new Trend('checkout_ms', true);

interface Home {
  readonly currency: string;
  readonly address: Readonly<Record<string, string>>;
}

const HOMES: Readonly<Record<string, Home>> = {
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
};

export const homeCountry = COUNTRY;

function homeOf(country: string): Home {
  const home = HOMES[country];
  if (home === undefined) {
    throw new Error(
      `there is no shopper from "${country}": known are ${Object.keys(HOMES).join(', ')}`,
    );
  }
  return home;
}

/** Written as they are into the journal; the runner starts k6 so that nothing is added. */
function writeJournal(line: object): void {
  console.log(JSON.stringify({ atMs: Date.now(), ...line }));
}

/** A version 4 UUID; k6 has no `crypto.randomUUID`. */
function newKey(): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16));
  digits[12] = '4';
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

interface Sent {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have many shapes
  readonly body: any;
  readonly headers: Readonly<Record<string, string>>;
  readonly tookMs: number;
}

/** Sells what is named there; a variant that is sold out is somebody else's luck, and no failure. */
const EXPECTED = http.expectedStatuses({ min: 200, max: 399 }, 409);

function send(step: string, method: string, path: string, body?: unknown, key?: string): Sent {
  const answer: RefinedResponse<'text'> = http.request(
    method as 'GET',
    BASE_URL + path,
    body === undefined ? null : JSON.stringify(body),
    {
      headers: {
        'x-client-country': COUNTRY,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      tags: { step, name: step },
      timeout: '20s',
      responseCallback: EXPECTED,
      responseType: 'text',
    },
  );
  const isJson = (answer.headers['Content-Type'] ?? '').includes('json');
  const sent = {
    status: answer.status,
    body: isJson ? (JSON.parse(answer.body) as unknown) : undefined,
    headers: answer.headers,
    tookMs: answer.timings.duration,
  } as Sent;
  if (answer.status === 0 || (answer.status >= 400 && answer.status !== 409)) {
    writeJournal({
      kind: 'failed',
      request: step,
      status: answer.status,
      cell: answer.headers['X-Cell'] ?? '',
      detail: answer.status === 0 ? answer.error : answer.body.slice(0, 300),
    });
  }
  return sent;
}

/** Variants that have units to sell, for all shoppers of a run. */
export function listVariants(limit: number): string[] {
  const { currency } = homeOf(COUNTRY);
  const found: string[] = [];
  let cursor: string | undefined;
  while (found.length < limit) {
    const more = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = send('list', 'GET', `/v1/products?limit=50&currency=${currency}${more}`);
    if (page.status !== 200)
      throw new Error(`the list of products was answered with ${page.status}`);
    for (const product of page.body.items) {
      for (const variant of product.variants) {
        if (variant.available > 0) found.push(variant.id as string);
      }
    }
    if (page.body.nextCursor === null) break;
    cursor = page.body.nextCursor as string;
  }
  if (found.length === 0) throw new Error('the shop has nothing to sell');
  return found;
}

/** Fills a cart with one unit. @returns its id, or undefined where the shop said no */
function fillCart(variantId: string): string | undefined {
  const { currency, address } = homeOf(COUNTRY);
  const created = send('cart', 'POST', '/v1/carts', { currency, country: COUNTRY }, newKey());
  if (created.status !== 201) return undefined;
  const id = created.body.id as string;
  const cart = `/v1/carts/${id}`;
  const line = send('line', 'POST', `${cart}/lines`, { variantId, quantity: 1 }, newKey());
  if (line.status !== 200) return undefined;
  const vu = `${exec.vu.idInTest}-${exec.vu.iterationInInstance}`;
  const email = send('email', 'PUT', `${cart}/email`, { email: `${RUN}-${vu}@load.example` });
  const to = { name: 'Load Tester', ...address };
  const place = send('address', 'PUT', `${cart}/shipping-address`, to);
  const options = send('options', 'GET', `${cart}/shipping-options`);
  if ([email, place, options].some(({ status }) => status !== 200)) return undefined;
  const choices = options.body.map((vendor: { vendorId: string; options: { id: string }[] }) => ({
    vendorId: vendor.vendorId,
    optionId: vendor.options[0]?.id,
  }));
  const chosen = send('choose', 'PUT', `${cart}/shipping-options`, choices);
  return chosen.status === 200 ? id : undefined;
}

/** Times that a shopper sends a checkout that got no answer, under the same key. */
const TRIES_MAX = 3;

function pay(cartId: string, key: string): Sent & { tries: number } {
  const body = { payment: { gateway: 'sandbox', token: 'tok_visa' } };
  for (let tries = 1; ; tries += 1) {
    const answer = send('pay', 'POST', `/v1/carts/${cartId}/checkout`, body, key);
    const isAnswered = answer.status > 0 && answer.status < 500;
    if (isAnswered || tries === TRIES_MAX) return { ...answer, tries };
  }
}

/** One whole purchase by a shopper who was never here before. */
export function buy(variants: readonly string[]): void {
  http.cookieJar().clear(BASE_URL);
  const startedAt = Date.now();
  const variantId = variants[Math.floor(Math.random() * variants.length)] as string;
  const cartId = fillCart(variantId);
  check(cartId, { 'the cart was filled': (id) => id !== undefined });
  if (cartId === undefined) return;
  const key = newKey();
  writeJournal({ kind: 'intent', key, cartId, variantId, quantity: 1 });
  const answer = pay(cartId, key);
  const isSoldOut = answer.status === 409;
  check(answer, { 'the checkout was answered': ({ status }) => status === 201 || status === 409 });
  if (answer.status === 201) {
    ordersAcknowledged.add(1);
    placeOrderMs.add(answer.tookMs);
    checkoutMs.add(Date.now() - startedAt);
    writeJournal({
      kind: 'acknowledged',
      key,
      groupId: answer.body.id,
      totalMinor: answer.body.totalMinor,
      currency: answer.body.currency,
      cell: answer.headers['X-Cell'] ?? '',
      position: answer.headers['X-Partition-Position'] ?? '',
      isDegraded: answer.headers['X-Durability'] === 'degraded',
      tookMs: Math.round(answer.tookMs),
      tries: answer.tries,
    });
    return;
  }
  ordersRefused.add(1);
  const code = String(answer.body?.code ?? '');
  if (isSoldOut || (answer.status >= 400 && answer.status < 500)) {
    writeJournal({ kind: 'refused', key, status: answer.status, code });
  } else {
    writeJournal({ kind: 'unanswered', key, reason: `${answer.status} ${code}` });
  }
}
