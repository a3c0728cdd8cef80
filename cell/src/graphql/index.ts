import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type GraphQLSchema, parse, type ValidationRule } from 'graphql';
import { createHandler, type Handler } from 'graphql-http';
import {
  createComplexityRule,
  fieldExtensionsEstimator,
  simpleEstimator,
} from 'graphql-query-complexity';
import { Type } from 'typebox';
import { createOwnApi } from '../http/own-api.ts';
import { COST_MAX, limitDepth, TOKENS_MAX } from './limits.ts';
import { type ApiCaller, makeSchema, type OpenApiDocument } from './operations.ts';
import { createPersistedQueries, type PersistedQueries } from './persisted-queries.ts';

/**
 * GraphQL over the shop's API, for storefronts that want one round trip.
 *
 * Owns the translation: a schema that is made from the API's own OpenAPI document, limits of what one
 * operation may ask for, and queries that are remembered by their hash.
 *
 * Refuses documents that are too long, too deep or too costly, before any of it is done.
 *
 * Invariants: a field does what its route does and nothing else, with the same checks, refusals, idempotency
 * and authentication; what is not in the API's document is not here.
 */
export interface GraphqlDeps {
  /** The API's document; asked for when it is first needed, once all routes are there. */
  readonly document: () => OpenApiDocument;
}

export type { OpenApiDocument };

const BODY_BYTES_MAX = 65_536;
const ID_PATTERN = '^[a-z0-9]+_[a-z0-9_]+$';

/** Beside what every call for a request has: who signed in, and what the answer is written for. */
const HANDED_ON = [
  'authorization',
  'accept-language',
  'x-forwarded-proto',
  'x-forwarded-host',
] as const;

const Extensions = Type.Optional(Type.Unknown());
const GraphqlBody = Type.Object(
  {
    query: Type.Optional(Type.String({ maxLength: BODY_BYTES_MAX })),
    operationName: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
    variables: Extensions,
    extensions: Extensions,
  },
  { additionalProperties: false },
);
const text = Type.Optional(Type.String({ maxLength: 8_192 }));
const GraphqlQuery = Type.Object(
  { query: text, operationName: text, variables: text, extensions: text },
  { additionalProperties: false },
);

/** Adds `/graphql` to the app. An id behind it, `/graphql/cart_…`, leads a request to where that is. */
export function registerGraphql(app: HttpApp, deps: GraphqlDeps): void {
  const persisted = createPersistedQueries();
  let handler: Handler<FastifyRequest, FastifyReply> | undefined;
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    handler ??= createGraphqlHandler(app, makeSchema(deps.document()), persisted);
    const [body, init] = await handler({
      url: request.url,
      method: request.method,
      headers: request.headers,
      body: request.body as Record<string, unknown> | null,
      raw: request,
      context: reply,
    });
    void reply.header('cache-control', 'no-store');
    for (const [name, value] of Object.entries(init.headers ?? {})) void reply.header(name, value);
    return reply
      .code(init.status)
      .serializer((payload: unknown) => String(payload))
      .send(body ?? '');
  };
  const params = Type.Object({ id: Type.String({ pattern: ID_PATTERN, maxLength: 64 }) });
  for (const url of ['/graphql', '/graphql/:id'] as const) {
    const shared = { hide: true, ...(url !== '/graphql' && { params }) };
    app.get(url, { schema: { ...shared, querystring: GraphqlQuery } }, handle);
    app.post(
      url,
      {
        bodyLimit: BODY_BYTES_MAX,
        schema: {
          ...shared,
          querystring: Type.Object({}, { additionalProperties: false }),
          body: GraphqlBody,
        },
      },
      handle,
    );
  }
}

function createGraphqlHandler(
  app: HttpApp,
  schema: GraphQLSchema,
  persisted: PersistedQueries,
): Handler<FastifyRequest, FastifyReply> {
  return createHandler<FastifyRequest, FastifyReply, ApiCaller & Record<PropertyKey, unknown>>({
    schema,
    parse: (source, options) => parse(source, { ...options, maxTokens: TOKENS_MAX }),
    parseRequestParams: (request) => persisted.read(request),
    context: ({ raw, context }) => ({ ...createCaller(app, raw, context) }),
    validationRules: (_request, args, rules) => [
      ...rules,
      limitDepth,
      limitCost(args.variableValues ?? {}),
    ],
  });
}

function limitCost(variables: Readonly<Record<string, unknown>>): ValidationRule {
  return createComplexityRule({
    maximumComplexity: COST_MAX,
    variables,
    estimators: [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })],
  });
}

function createCaller(app: HttpApp, request: FastifyRequest, reply: FastifyReply): ApiCaller {
  const callOwnApi = createOwnApi(app, request, reply, HANDED_ON);
  return {
    async call(call) {
      const answer = await callOwnApi(call);
      return { status: answer.statusCode, body: readJson(answer.payload) };
    },
  };
}

function readJson(payload: string): unknown {
  if (payload === '') return undefined;
  try {
    return JSON.parse(payload);
  } catch (error) {
    throw new AppError('internal-error', { cause: error });
  }
}
