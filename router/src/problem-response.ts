import type { ServerResponse } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import { type AppError, PROBLEM_CONTENT_TYPE, toProblem } from '@commerce/contracts/problems';
import { isForPage, PROBLEM_PAGE_POLICY, renderProblemPage } from './problem-page.ts';

/**
 * Answers with a problem document, or with a page of it where a browser asked for a page. Does nothing where an answer has begun or nobody waits for one.
 */
export function sendProblem(
  response: ServerResponse,
  error: AppError,
  requestId: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const isPage = isForPage(response.req);
  const body = isPage
    ? renderProblemPage(error, response.req, requestId)
    : JSON.stringify(toProblem(error, requestId));
  const { retryAfterS } = error.options;
  response.writeHead(error.status, {
    'content-type': isPage ? 'text/html; charset=utf-8' : PROBLEM_CONTENT_TYPE,
    ...(isPage && { 'content-security-policy': PROBLEM_PAGE_POLICY }),
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
