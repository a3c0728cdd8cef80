import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';

/** Headers of a cell's answer that are for the router alone, or for the one hop. */
const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  HEADERS.routedPartition,
  HEADERS.routedEpoch,
  HEADERS.routedAuth,
  HEADERS.surrogateControl,
  HEADERS.surrogateKey,
]);

/** What the router adds to a cell's answer. */
export interface AnswerAdditions {
  readonly requestId: string;
  /** The `Set-Cookie` header that pins the shopper; undefined where nothing changes. */
  readonly pinHeader: string | undefined;
  /** Whether the shopper's country is a guess, so that a way to state it is shown. */
  readonly isCountryUnknown: boolean;
  readonly isLast: boolean;
  /** What the gateway adds: names and values in turn. */
  readonly extras: readonly string[];
}

/** The headers of an answer as the client gets them: names and values in turn. */
export function answerHeaders(
  fromCell: IncomingHttpHeaders,
  additions: AnswerAdditions,
): (string | string[])[] {
  const { connection } = fromCell;
  const named =
    connection === undefined || connection === 'keep-alive' || connection === 'close'
      ? undefined
      : new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
  const isPinned = additions.pinHeader !== undefined;
  const headers: (string | string[])[] = [];
  for (const name in fromCell) {
    const value = fromCell[name];
    if (value === undefined || DROPPED.has(name) || named?.has(name) === true) continue;
    if (isPinned && name === 'cache-control') continue;
    headers.push(name, value);
  }
  if (fromCell[HEADERS.requestId] === undefined) {
    headers.push(HEADERS.requestId, additions.requestId);
  }
  if (isPinned) {
    // No shared cache may keep an answer that pins: it would pin everybody to one partition.
    headers.push('set-cookie', additions.pinHeader as string, 'cache-control', 'private, no-cache');
    if (additions.isCountryUnknown) {
      headers.push('link', '</router/country>; rel="alternate"; title="Shopping from"');
    }
  }
  if (additions.extras.length > 0) headers.push(...additions.extras);
  if (additions.isLast) headers.push('connection', 'close');
  return headers;
}
