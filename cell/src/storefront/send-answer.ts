import { PassThrough, pipeline, type Readable } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { PROBLEM_CONTENT_TYPE } from '@commerce/contracts/problems';
import { chooseEncoding } from '@commerce/service/http/built-files';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageAnswer } from '../../storefront/contract.ts';

/** A page names a price, a cart and a form's token: it is one shopper's, and one moment's. */
const ONE_SHOPPERS = 'private, no-cache';

/** Fast levels: a page is compressed each time it is sent. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const GZIP = { level: 5 };

/**
 * Nothing runs, loads or is framed but what the shop's own origin serves. No inline script and no inline
 * style: what is injected into a page stays text.
 */
function contentSecurityPolicy(formActions: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `form-action ${["'self'", ...formActions].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Sends what the bundle answered. */
export function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: PageAnswer,
  language: string,
): FastifyReply {
  void reply.header('cache-control', ONE_SHOPPERS);
  switch (answer.kind) {
    case 'redirect':
      return reply.redirect(answer.location, answer.status);
    case 'json':
      return reply
        .code(answer.status)
        .header(
          'content-type',
          answer.status < 400 ? 'application/json; charset=utf-8' : PROBLEM_CONTENT_TYPE,
        )
        .serializer((payload: unknown) => JSON.stringify(payload))
        .send(answer.body);
    case 'page':
      return sendPage(request, reply, answer, language);
  }
}

function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Extract<PageAnswer, { kind: 'page' }>,
  language: string,
): FastifyReply {
  void reply
    .code(answer.status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-language', language)
    .header('vary', 'accept-encoding, cookie')
    .header('content-security-policy', contentSecurityPolicy(answer.formActions ?? []))
    .header('referrer-policy', 'strict-origin-when-cross-origin')
    .header('x-content-type-options', 'nosniff')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('permissions-policy', 'camera=(), geolocation=(), microphone=()');
  if (answer.isPrivate === true) void reply.header('cache-control', 'private, no-store');
  if (answer.retryAfterS !== undefined)
    void reply.header('retry-after', String(answer.retryAfterS));
  const document = new PassThrough();
  void reply.send(compress(request, reply, document));
  // The browser fetches styles and scripts by the head while the body is being made.
  document.write(answer.head);
  answer.pipe(document);
  return reply;
}

function compress(request: FastifyRequest, reply: FastifyReply, document: PassThrough): Readable {
  const encoding = chooseEncoding(request.headers['accept-encoding']);
  if (encoding === undefined) return document;
  void reply.header('content-encoding', encoding);
  const compressor = encoding === 'br' ? createBrotliCompress(BROTLI) : createGzip(GZIP);
  // An error destroys both; the reply then breaks off, and has told its own.
  return pipeline(document, compressor, () => undefined);
}
