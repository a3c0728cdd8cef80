import type { ServerResponse } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import { type AppError, PROBLEM_CONTENT_TYPE, toProblem } from '@commerce/contracts/problems';

/** Answers with a problem document. Does nothing where an answer has begun or nobody waits for one. */
export function sendProblem(
  response: ServerResponse,
  error: AppError,
  requestId: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(toProblem(error, requestId));
  const { retryAfterS } = error.options;
  response.writeHead(error.status, {
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    ...(requestId !== undefined && { [HEADERS.requestId]: requestId }),
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
    ...headers,
  });
  response.end(body);
}

/** Answers with a JSON document that nobody may keep. */
export function sendJson(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${JSON.stringify(document)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(body);
}
