import { randomUUID } from 'node:crypto';
import {
  type Connection,
  formatRequest,
  openConnection,
  type RawAnswer,
} from '../harness/connection.ts';
import { type LoadResult, summarize } from './driver.ts';
import { listProducts, pinOf, SHOPPER_HEADERS } from './pages.ts';

/** Shoppers who buy, each with a connection, one whole checkout after the other. */

/** The requests of one checkout, in their order. */
const STEPS = ['cart', 'line', 'email', 'address', 'options', 'choose', 'pay'] as const;
export type Step = (typeof STEPS)[number];

/** What a shopper was told: the client's side of the books. */
export interface Receipt {
  readonly groupId: string;
  readonly totalMinor: number;
}

export interface CheckoutLoad {
  /** Whole checkouts. */
  readonly checkouts: LoadResult;
  readonly steps: Readonly<Record<Step, LoadResult>>;
  readonly receipts: readonly Receipt[];
}

const ADDRESS = {
  name: 'Ada Lovelace',
  line1: 'Friedrichstr. 1',
  city: 'Berlin',
  postalCode: '10117',
  country: 'DE',
} as const;

/** Variants with fewer units than this are left to other shoppers. */
const UNITS_MIN = 60;
const PRODUCTS_MAX = 500;

/** Variants that have units for a whole run. */
export async function listBuyableVariants(port: number): Promise<string[]> {
  const products = await listProducts(port, PRODUCTS_MAX);
  return products.flatMap(({ variants }) =>
    variants.filter(({ available }) => available >= UNITS_MIN).map(({ id }) => id),
  );
}

interface Shopper {
  readonly send: (
    step: Step,
    expectedStatus: number,
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<unknown>;
}

function createShopper(
  connection: Connection,
  samplesMs: Record<Step, number[]>,
  onKey: (idempotencyKey: string) => void = () => undefined,
): Shopper {
  let cookie: string | undefined;
  return {
    async send(step, expectedStatus, method, path, body) {
      const key = randomUUID();
      const headers = {
        ...SHOPPER_HEADERS,
        ...(cookie !== undefined && { cookie }),
        ...(method === 'POST' && { 'idempotency-key': key }),
      };
      if (method === 'POST') onKey(key);
      const sentAt = performance.now();
      const answer = await connection.send(formatRequest(method, path, headers, body));
      samplesMs[step].push(performance.now() - sentAt);
      if (answer.status !== expectedStatus) {
        throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString()}`);
      }
      cookie ??= pinOf(answer);
      return JSON.parse(answer.body.toString()) as unknown;
    },
  };
}

/** Everything up to the payment. @returns path of the cart */
async function fillCart({ send }: Shopper, variantId: string): Promise<string> {
  const created = await send('cart', 201, 'POST', '/v1/carts', { currency: 'EUR', country: 'DE' });
  const cart = `/v1/carts/${(created as { id: string }).id}`;
  await send('line', 200, 'POST', `${cart}/lines`, { variantId, quantity: 1 });
  await send('email', 200, 'PUT', `${cart}/email`, { email: 'ada@example.com' });
  await send('address', 200, 'PUT', `${cart}/shipping-address`, ADDRESS);
  const vendors = (await send('options', 200, 'GET', `${cart}/shipping-options`)) as {
    vendorId: string;
    options: { id: string }[];
  }[];
  const choices = vendors.map(({ vendorId, options }) => ({ vendorId, optionId: options[0]?.id }));
  await send('choose', 200, 'PUT', `${cart}/shipping-options`, choices);
  return cart;
}

const PAYMENT = { payment: { gateway: 'sandbox', token: 'tok_visa' } } as const;

async function buy(shopper: Shopper, variantId: string): Promise<Receipt> {
  const cart = await fillCart(shopper, variantId);
  const group = (await shopper.send('pay', 201, 'POST', `${cart}/checkout`, PAYMENT)) as {
    id: string;
    state: string;
    totalMinor: number;
  };
  if (group.state !== 'paid') throw new Error(`${group.id} is ${group.state} and not paid`);
  return { groupId: group.id, totalMinor: group.totalMinor };
}

function emptySamples(): Record<Step, number[]> {
  return { cart: [], line: [], email: [], address: [], options: [], choose: [], pay: [] };
}

/** A shopper with a full cart. */
export interface ReadyBuyer {
  /** Pays, and gives whatever is answered. */
  readonly pay: (idempotencyKey: string) => Promise<RawAnswer>;
  readonly close: () => void;
}

/** Fills carts with one unit of a variant; no unit is reserved yet. */
export async function prepareBuyers(
  port: number,
  variantId: string,
  count: number,
): Promise<ReadyBuyer[]> {
  const ready: ReadyBuyer[] = [];
  for (let index = 0; index < count; index += 1) {
    const connection = await openConnection(port);
    const cart = await fillCart(createShopper(connection, emptySamples()), variantId);
    ready.push({
      pay: (key) => {
        const headers = { ...SHOPPER_HEADERS, 'idempotency-key': key };
        return connection.send(formatRequest('POST', `${cart}/checkout`, headers, PAYMENT));
      },
      close: connection.close,
    });
  }
  return ready;
}

/** One checkout and everything in it that is unique. */
export interface OneCheckout {
  /** Such as `eu-1f3`. */
  readonly partition: string;
  readonly idempotencyKeys: readonly string[];
  readonly displayNumbers: readonly string[];
}

/** Buys one unit of a variant. */
export async function buyOnce(port: number, variantId: string): Promise<OneCheckout> {
  const connection = await openConnection(port);
  const idempotencyKeys: string[] = [];
  try {
    const shopper = createShopper(connection, emptySamples(), (key) => idempotencyKeys.push(key));
    const cart = await fillCart(shopper, variantId);
    const group = await shopper.send('pay', 201, 'POST', `${cart}/checkout`, PAYMENT);
    const { id, orders } = group as { id: string; orders: { displayNumber: string }[] };
    const partition = id.split('_')[1]?.replace(/(...)$/, '-$1') ?? '';
    return {
      partition,
      idempotencyKeys,
      displayNumbers: orders.map((order) => order.displayNumber),
    };
  } finally {
    connection.close();
  }
}

/**
 * Lets buyers buy for a while. A checkout that has begun is finished.
 * @throws Error at the first answer that is not the expected one
 */
export async function runBuyers(options: {
  readonly port: number;
  readonly variantIds: readonly string[];
  readonly buyers: number;
  readonly durationMs: number;
}): Promise<CheckoutLoad> {
  const { port, variantIds } = options;
  const connections = await Promise.all(
    Array.from({ length: options.buyers }, () => openConnection(port)),
  );
  const checkoutsMs: number[] = [];
  const stepsMs = emptySamples();
  const receipts: Receipt[] = [];
  const begunAt = performance.now();
  const deadline = begunAt + options.durationMs;
  const run = async (connection: Connection): Promise<void> => {
    while (performance.now() < deadline) {
      const shopper = createShopper(connection, stepsMs);
      const variantId = variantIds[Math.floor(Math.random() * variantIds.length)] as string;
      const startedAt = performance.now();
      receipts.push(await buy(shopper, variantId));
      checkoutsMs.push(performance.now() - startedAt);
    }
  };
  try {
    await Promise.all(connections.map(run));
  } finally {
    for (const connection of connections) connection.close();
  }
  const durationMs = performance.now() - begunAt;
  const steps = Object.fromEntries(
    STEPS.map((step) => [step, summarize(stepsMs[step], durationMs)]),
  ) as Record<Step, LoadResult>;
  return { checkouts: summarize(checkoutsMs, durationMs), steps, receipts };
}
