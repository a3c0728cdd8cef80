import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import {
  AppError,
  type ErrorCode,
  PROBLEM_CONTENT_TYPE,
  toProblem,
} from '@commerce/contracts/problems';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import type { Logger } from '../logger.ts';
import { toAppError } from './error-mapping.ts';
import { renderErrorsPage } from './errors-page.ts';
import { createValidatorCompiler } from './validation.ts';

export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Largest body that is read; a router refuses earlier. Routes may lower or raise it. */
export const BODY_BYTES_MAX = 1_048_576;

/** An id from outside is kept if it is well formed: it may be written into logs and headers. */
const REQUEST_ID_PATTERN = /^[\w.:-]{8,128}$/;

export interface HttpAppOptions {
  readonly title: string;
  readonly description: string;
  readonly log: Logger;
  /** Names of readiness checks and what they find; `/health/ready` is 503 while one is false. */
  readonly readiness: Readonly<Record<string, () => boolean | Promise<boolean>>>;
  /** Text of `/metrics` in Prometheus' format. */
  readonly metrics: () => string | Promise<string>;
  /** Set on every response, before the handler runs. */
  readonly decorateReply?: (request: FastifyRequest, reply: FastifyReply) => void;
  /**
   * Asked before an error is answered, and may answer the request in another way.
   * @returns the error to answer with, or undefined where the request was answered
   */
  readonly recover?: (
    error: AppError,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<AppError | undefined>;
  readonly trustProxy?: readonly string[];
}

/** Answers with the problem document of an error; the one place where an error becomes HTTP. */
export function sendProblem(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  const { retryAfterS } = error.options;
  if (retryAfterS !== undefined) void reply.header('retry-after', String(retryAfterS));
  void reply
    .code(error.status)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(toProblem(error, request.id));
}

/**
 * Builds the HTTP side of a deployable: validation that refuses unknown fields, RFC 9457 problems,
 * request ids, OpenAPI 3.1 at `/openapi.json` and `/docs`, health and metrics. Routes are added to it.
 */
export async function buildHttpApp(options: HttpAppOptions): Promise<HttpApp> {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    logger: false,
    trustProxy: options.trustProxy === undefined ? false : [...options.trustProxy],
    requestIdHeader: false,
    genReqId: (raw) => {
      const given = raw.headers[HEADERS.requestId];
      return typeof given === 'string' && REQUEST_ID_PATTERN.test(given) ? given : randomUUID();
    },
    forceCloseConnections: 'idle',
    keepAliveTimeout: 65_000,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    // Addresses that the router of requests can't read: no hook has seen them yet.
    frameworkErrors: (error, request, reply) => {
      reply.header(HEADERS.requestId, request.id);
      options.decorateReply?.(request, reply);
      sendProblem(toAppError(error), request, reply);
    },
    // What Node's parser refuses never reaches a route; it still gets a problem document.
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawProblem(error as NodeJS.ErrnoException));
      else socket.destroy();
    },
    ajv: { customOptions: { strict: false } },
  }).withTypeProvider<TypeBoxTypeProvider>() as unknown as HttpApp;

  app.setValidatorCompiler(createValidatorCompiler());
  app.setErrorHandler(async (error, request, reply) => {
    const thrown = toAppError(error);
    const mapped = options.recover ? await options.recover(thrown, request, reply) : thrown;
    if (mapped === undefined) return reply;
    if (mapped.status >= 500 && mapped.code !== 'unavailable' && mapped.code !== 'quarantined') {
      options.log.error(
        {
          err: error,
          requestId: request.id,
          method: request.method,
          route: request.routeOptions.url,
        },
        'request failed',
      );
    }
    sendProblem(mapped, request, reply);
    return reply;
  });
  app.setNotFoundHandler((request, reply) => {
    sendProblem(new AppError('not-found', { detail: 'No route has this path.' }), request, reply);
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(HEADERS.requestId, request.id);
    options.decorateReply?.(request, reply);
    done();
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.title, description: options.description, version: '1.0.0' },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', deepLinking: true },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  app.get('/docs/errors', { schema: { hide: true } }, (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(renderErrorsPage()),
  );
  endConnectionsWhileClosing(app);
  registerHealth(app, options);
  return app;
}

/**
 * Requests that are held back for news are answered when the process stops, and their connections end
 * with the answer: a connection that is kept alive would keep the process for its whole time-out.
 */
function endConnectionsWhileClosing(app: HttpApp): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}

function registerHealth(app: HttpApp, options: HttpAppOptions): void {
  app.get('/health/live', { schema: { hide: true } }, () => ({ status: 'live' }));
  app.get('/health/ready', { schema: { hide: true } }, async (_request, reply) => {
    const checks = await Promise.all(
      Object.entries(options.readiness).map(async ([name, check]) => {
        const ready = await Promise.resolve()
          .then(check)
          .catch(() => false);
        return [name, ready] as const;
      }),
    );
    const ready = checks.every(([, fulfilled]) => fulfilled);
    void reply.code(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not-ready', checks: Object.fromEntries(checks) };
  });
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    void reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    return options.metrics();
  });
}

/** Node's codes of requests that its parser did not accept, by ours. */
const PARSER_CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

function rawProblem(error: NodeJS.ErrnoException): string {
  const problem = new AppError(PARSER_CODES[error.code ?? ''] ?? 'invalid-request');
  const body = JSON.stringify(toProblem(problem));
  return (
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  );
}
