import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { formatRequest, openConnection, type RawAnswer } from '../harness/connection.ts';
import type { BareAnswer } from './bare/main.ts';

/** The product pages that are read, and the bare Fastify that answers the same bytes. */

/** What a browser in Germany sends. */
export const SHOPPER_HEADERS = {
  'x-client-country': 'DE',
  'accept-language': 'de-DE,de;q=0.9,en;q=0.8',
  accept: 'application/json',
} as const;

interface ListedVariant {
  readonly id: string;
  readonly available: number;
}

interface ListedProduct {
  readonly handle: string;
  readonly variants: readonly ListedVariant[];
}

const PAGE_SIZE = 50;

/** Products of the shop, newest first. */
export async function listProducts(port: number, count: number): Promise<ListedProduct[]> {
  const connection = await openConnection(port);
  try {
    const found: ListedProduct[] = [];
    let cursor: string | null = '';
    while (found.length < count && cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/v1/products?limit=${PAGE_SIZE}${query}`;
      const { status, body } = await connection.send(formatRequest('GET', path, SHOPPER_HEADERS));
      if (status !== 200) throw new Error(`GET ${path} was answered with ${status}`);
      const page = JSON.parse(body.toString()) as {
        items: ListedProduct[];
        nextCursor: string | null;
      };
      found.push(...page.items);
      cursor = page.nextCursor;
    }
    return found.slice(0, count);
  } finally {
    connection.close();
  }
}

/**
 * Requests for the pages of products, ready to be sent.
 * @param cookies one for each, of a shopper whom the router knows
 */
export function pageRequests(
  handles: readonly string[],
  cookies: readonly string[] = [],
): Buffer[] {
  return handles.map((handle, index) => {
    const cookie = cookies[index];
    const headers = { ...SHOPPER_HEADERS, ...(cookie !== undefined && { cookie }) };
    return Buffer.from(formatRequest('GET', `/v1/products/${handle}`, headers));
  });
}

/** The pin cookie that an answer sets. */
export function pinOf({ head }: RawAnswer): string | undefined {
  return /\r\nset-cookie: (cell_pin=[^;\r]+)/i.exec(head)?.[1];
}

/** Lets the router place new shoppers. @returns their pin cookies */
export async function pinShoppers(
  routerPort: number,
  handles: readonly string[],
): Promise<string[]> {
  const connection = await openConnection(routerPort);
  try {
    const pins: string[] = [];
    for (const request of pageRequests(handles)) {
      const pin = pinOf(await connection.send(request));
      if (pin === undefined) throw new Error('the router gave a new shopper no pin');
      pins.push(pin);
    }
    return pins;
  } finally {
    connection.close();
  }
}

/** Headers that every HTTP server of Node sets by itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['date', 'connection', 'keep-alive']);

function headersOf({ head }: RawAnswer): Record<string, string> {
  const lines = head.split('\r\n').slice(1);
  const pairs = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => !OWN_HEADERS.has(name)));
}

export interface BareServer {
  readonly port: number;
  readonly pid: number;
  /** Mean length of the bodies. */
  readonly bodyBytes: number;
  readonly stop: () => Promise<void>;
}

/** Starts a bare Fastify with the answers that a cell gives for these products. */
export async function startBareServer(
  cellPort: number,
  handles: readonly string[],
): Promise<BareServer> {
  const connection = await openConnection(cellPort);
  const answers: BareAnswer[] = [];
  let bytes = 0;
  for (const [index, request] of pageRequests(handles).entries()) {
    const answer = await connection.send(request);
    if (answer.status !== 200) throw new Error(`a product page was answered with ${answer.status}`);
    bytes += answer.body.length;
    const body = answer.body.toString('base64');
    answers.push({ handle: handles[index] as string, headers: headersOf(answer), body });
  }
  connection.close();
  const child: ChildProcess = fork(fileURLToPath(new URL('./bare/main.ts', import.meta.url)));
  child.send(answers);
  const [message] = (await once(child, 'message')) as [{ port: number }];
  return {
    port: message.port,
    pid: child.pid as number,
    bodyBytes: Math.round(bytes / handles.length),
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
