import { randomUUID } from 'node:crypto';

/** A shopper with a cookie jar, who talks to the router only. */
export interface Shopper {
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  /** Fills a cart with these lines, ready to be checked out. @returns its id */
  fillCart(lines: readonly Line[]): Promise<string>;
  checkOut(cartId: string, token?: string, key?: string): Promise<Answer>;
  /** The cell that answered last. */
  readonly cell: () => string | undefined;
}

export interface Line {
  readonly variantId: string;
  readonly quantity: number;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly key?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have many shapes
  readonly body: any;
  readonly headers: Headers;
}

const ADDRESSES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DE: { name: 'Ada', line1: 'Friedrichstr. 1', postalCode: '10117', city: 'Berlin', country: 'DE' },
  FR: { name: 'Ada', line1: '1 rue de Rivoli', postalCode: '75001', city: 'Paris', country: 'FR' },
  US: {
    name: 'Ada',
    line1: '1 Main St',
    postalCode: '22030',
    city: 'Fairfax',
    region: 'VA',
    country: 'US',
  },
};
const CURRENCIES: Readonly<Record<string, string>> = { DE: 'EUR', FR: 'EUR', US: 'USD' };

/** Sends one JSON request. */
export async function sendJson(
  url: string,
  method: string,
  { body, key, token, headers, timeoutMs = 20_000 }: SendOptions = {},
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: answer.status,
    body: json ? (JSON.parse(text) as unknown) : text,
    headers: answer.headers,
  };
}

/** @param country where the shopper is, as the CDN would say */
export function createShopper(url: string, country: string): Shopper {
  let pin: string | undefined;
  let lastCell: string | undefined;

  const send: Shopper['send'] = async (method, path, options = {}) => {
    const answer = await sendJson(url + path, method, {
      ...options,
      headers: {
        'x-client-country': country,
        ...(pin !== undefined && { cookie: pin }),
        ...options.headers,
      },
    });
    const [cookie] = answer.headers.getSetCookie();
    if (cookie !== undefined) pin = cookie.split(';')[0];
    lastCell = answer.headers.get('x-cell') ?? lastCell;
    return answer;
  };

  const must: Shopper['send'] = async (method, path, options) => {
    const answer = await send(method, path, options);
    if (answer.status < 300) return answer;
    throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
  };

  return {
    send,
    cell: () => lastCell,
    async fillCart(lines) {
      const currency = CURRENCIES[country];
      const cart = await must('POST', '/v1/carts', { body: { currency, country } });
      const path = `/v1/carts/${cart.body.id}`;
      for (const line of lines) await must('POST', `${path}/lines`, { body: line });
      await must('PUT', `${path}/email`, { body: { email: 'ada@example.com' } });
      await must('PUT', `${path}/shipping-address`, { body: ADDRESSES[country] });
      const shipping = await must('GET', `${path}/shipping-options`);
      if (lines.length === 0) return cart.body.id as string;
      await must('PUT', `${path}/shipping-options`, {
        body: shipping.body.map((vendor: { vendorId: string; options: { id: string }[] }) => ({
          vendorId: vendor.vendorId,
          optionId: vendor.options[0]?.id,
        })),
      });
      return cart.body.id as string;
    },
    checkOut: (cartId, token = 'tok_visa', key = randomUUID()) =>
      send('POST', `/v1/carts/${cartId}/checkout`, {
        body: { payment: { gateway: 'sandbox', token } },
        key,
      }),
  };
}
