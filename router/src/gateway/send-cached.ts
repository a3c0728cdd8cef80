import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import { matchesEtag } from '@commerce/service/http/etag';
import { type AnswerAdditions, answerHeaders } from '../answer-headers.ts';
import type { CachedAnswer } from './catalogue-cache.ts';
import { compressWhole, type Encoding, encodedHeaders, encodingFor } from './compression.ts';

export interface CachedDelivery extends AnswerAdditions {
  readonly epoch: number;
  readonly nowMs: number;
}

/**
 * Answers from the cache: 304 where the client has it already, else the body, in an encoding that the
 * client takes. The first one to want an encoding is sent the plain body while it is being made.
 */
export function sendCached(
  request: IncomingMessage,
  response: ServerResponse,
  entry: CachedAnswer,
  delivery: CachedDelivery,
): void {
  const headers: IncomingHttpHeaders = {
    ...entry.headers,
    [HEADERS.cellEpoch]: String(delivery.epoch),
    age: String(Math.max(0, Math.floor((delivery.nowMs - entry.keptAtMs) / 1000))),
    'cache-status': 'router; hit',
  };
  if (entry.etag !== undefined && matchesEtag(request.headers['if-none-match'], entry.etag)) {
    delete headers['content-type'];
    response.writeHead(304, answerHeaders(headers, delivery) as string[]);
    response.end();
    return;
  }
  const encoded = encodedForm(request, entry);
  const body = encoded?.body ?? entry.body;
  const sent = encoded === undefined ? headers : encodedHeaders(headers, encoded.encoding);
  sent['content-length'] = String(body.length);
  response.writeHead(200, answerHeaders(sent, delivery) as string[]);
  response.end(body);
}

function encodedForm(
  request: IncomingMessage,
  entry: CachedAnswer,
): { readonly encoding: Encoding; readonly body: Buffer } | undefined {
  const encoding = encodingFor(request.headers['accept-encoding'], {
    method: 'GET',
    status: 200,
    headers: { ...entry.headers, 'content-length': String(entry.body.length) },
  });
  if (encoding === undefined) return undefined;
  const body = entry.encoded.get(encoding);
  if (body === undefined) {
    // Held as empty meanwhile, so that it is made once however many want it.
    entry.encoded.set(encoding, Buffer.alloc(0));
    compressWhole(entry.body, encoding, (error, compressed) => {
      if (error === null) entry.encoded.set(encoding, compressed);
    });
    return undefined;
  }
  return body.length === 0 ? undefined : { encoding, body };
}
