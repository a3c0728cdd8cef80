import { STATUS_CODES } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import { Problem } from '@commerce/contracts/problems';
import type { FastifySchema, RouteOptions } from 'fastify';
import type { HttpApp } from './app.ts';

/**
 * What every operation's document says alike, so that routes need not: a name, the problems that it
 * may answer with, the key under which it may be sent twice, and parameters that mean the same
 * everywhere. What a route says of itself stays.
 */

type Properties = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
interface ObjectSchema {
  readonly properties?: Properties;
}

/** Parameters that mean the same wherever they are. */
const PARAMETERS: Readonly<Record<string, string>> = {
  after: 'Sequence number of the last change that the caller has; 0 for all.',
  attemptId: 'Id of the payment attempt that the news is of.',
  category: 'Handle of a category.',
  cell: 'Id of a cell, such as `eu-de-1`.',
  cursor: '`nextCursor` of the page before; none for the first page.',
  from: 'First sequence number of the range.',
  gateway: 'Name of the payment gateway.',
  handle: 'Name of the thing in addresses, as lists give it.',
  hash: 'SHA-256 of the bytes, in hex.',
  id: 'Id, as it was given when the thing was made.',
  limit: 'Most items in the answer.',
  lineId: 'Id of a line of the cart.',
  orderId: 'Id of an order.',
  partition: 'Realm and slot, such as `eu-1f3`.',
  q: 'What was typed so far.',
  realm: 'First part of the ids that are meant, such as `eu`.',
  sku: "The vendor's own name of a variant.",
  slug: 'Name of the vendor in addresses.',
  sort: 'Order of what is found.',
  to: 'Last sequence number of the range.',
  variantId: 'Id of a variant.',
  waitMs: 'How long to wait for news where there is none, in milliseconds.',
};

const IDEMPOTENCY_KEY = {
  type: 'string',
  description:
    'Names this request, so that it may be sent again: one effect, and the same answer. 1 to 255 ' +
    'printable characters; a random UUID does.',
  examples: ['5f0c2f6e-6d0f-4b0a-9d0e-1f6f6d0c2f6e'],
};
/** Posts that no client sends under a key. */
const KEYLESS_TAGS: ReadonlySet<string> = new Set(['internal', 'webhooks']);

/** Adds the common parts to the documents of all routes that are added to the app from here on. */
export function completeDocument(app: HttpApp): void {
  app.addHook('onRoute', (route) => {
    const { schema } = route;
    if (schema === undefined || schema.hide === true) return;
    const [method = ''] = [route.method].flat();
    const headers = method === 'POST' ? withKey(schema) : schema.headers;
    route.schema = {
      ...schema,
      operationId: schema.operationId ?? operationIdOf(method, route),
      ...(schema.params !== undefined && { params: withDescriptions(schema.params) }),
      ...(schema.querystring !== undefined && {
        querystring: withDescriptions(schema.querystring),
      }),
      ...(headers !== undefined && { headers }),
      response: withProblems((schema.response ?? {}) as Responses),
    };
  });
}

/** `POST /v1/carts/:id/lines` → `postCartsByIdLines`. */
function operationIdOf(method: string, { url }: RouteOptions): string {
  const words = url
    .split('/')
    .filter((segment) => segment !== '' && segment !== 'v1')
    .flatMap((segment) =>
      segment.startsWith(':') ? ['by', segment.slice(1)] : segment.split(/\W+/),
    )
    .filter((word) => word !== '');
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  return method.toLowerCase() + words.map(capital).join('');
}

function withDescriptions(schema: unknown): unknown {
  const { properties } = schema as ObjectSchema;
  if (properties === undefined) return schema;
  const described = Object.entries(properties).map(([name, member]) => {
    const description = member['description'] ?? PARAMETERS[name];
    return [name, description === undefined ? member : { ...member, description }];
  });
  return { ...(schema as object), properties: Object.fromEntries(described) as unknown };
}

function withKey(schema: FastifySchema): unknown {
  const tags = schema.tags ?? [];
  if (tags.some((tag) => KEYLESS_TAGS.has(tag))) return schema.headers;
  const headers = (schema.headers ?? { type: 'object' }) as ObjectSchema;
  return {
    ...headers,
    properties: { ...headers.properties, [HEADERS.idempotencyKey]: IDEMPOTENCY_KEY },
  };
}

type Responses = Readonly<Record<string, object>>;

const PROBLEMS: Responses = { '4xx': Problem, '5xx': Problem };
const CLASSES: Readonly<Record<string, string>> = {
  '4xx': 'Refused: `code` tells why, and `field` what is wrong.',
  '5xx': 'A fault, or not possible at the moment: `code` tells whether to try again.',
};

function withProblems(responses: Responses): Responses {
  const known = Object.keys(responses);
  const missing = Object.entries(PROBLEMS).filter(
    ([name]) => !known.some((status) => status.startsWith(name.charAt(0))),
  );
  return Object.fromEntries(
    [...Object.entries(responses), ...missing].map(([status, schema]) => [
      status,
      schema === Problem ? problemResponse(status) : withMeaning(status, schema),
    ]),
  );
}

function problemResponse(status: string): object {
  return {
    description: CLASSES[status] ?? STATUS_CODES[status],
    content: { 'application/problem+json': { schema: Problem } },
  };
}

function withMeaning(status: string, schema: object): object {
  return 'description' in schema
    ? schema
    : { ...schema, description: STATUS_CODES[status] ?? status };
}
