import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { type ParseRequestParams, parseRequestParams, type Request } from 'graphql-http';
import { LRUCache } from 'lru-cache';

/**
 * Queries by their hash, as Apollo's clients send them: first the hash alone, and the text with it where
 * the cell does not know it. Each cell remembers for itself, so a client has to be ready to send the text
 * at any time.
 */
export interface PersistedQueries {
  /** Reads a request's parameters, with the text of a remembered query put in. */
  read: ParseRequestParams;
}

const REMEMBERED_MAX = 1_000;
const CHARACTERS_MAX = 8_388_608;
const HASH_PATTERN = /^[0-9a-f]{64}$/;

export function createPersistedQueries(): PersistedQueries {
  const queries = new LRUCache<string, string>({
    max: REMEMBERED_MAX,
    maxSize: CHARACTERS_MAX,
    sizeCalculation: (query) => query.length + 1,
  });

  const textOf = (hash: unknown, query: unknown): string => {
    if (typeof hash !== 'string' || !HASH_PATTERN.test(hash)) {
      throw refusal('PERSISTED_QUERY_NOT_SUPPORTED', 'A SHA-256 in hex is expected.');
    }
    if (typeof query !== 'string') {
      const known = queries.get(hash);
      if (known === undefined) throw refusal('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
      return known;
    }
    if (createHash('sha256').update(query).digest('hex') !== hash) {
      throw refusal('PERSISTED_QUERY_HASH_MISMATCH', 'The hash is not that of the query.');
    }
    queries.set(hash, query);
    return query;
  };

  return Object.freeze({
    async read(request: Request<unknown, unknown>) {
      try {
        return await parseRequestParams(withText(request, textOf));
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        const body = JSON.stringify({ errors: [error.toJSON()] });
        const headers = { 'content-type': 'application/json; charset=utf-8' };
        return [body, { status: 200, statusText: 'OK', headers }];
      }
    },
  } satisfies PersistedQueries);
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

type TextOf = (hash: unknown, query: unknown) => string;

function withText(request: Request<unknown, unknown>, textOf: TextOf): Request<unknown, unknown> {
  if (request.method === 'GET') {
    const url = new URL(request.url, 'http://cell');
    const hash = hashIn(readExtensions(url.searchParams.get('extensions')));
    if (hash === undefined) return request;
    url.searchParams.set('query', textOf(hash, url.searchParams.get('query') ?? undefined));
    return { ...request, url: `${url.pathname}${url.search}` };
  }
  const body = request.body as Readonly<Record<string, unknown>> | null;
  if (typeof body !== 'object' || body === null) return request;
  const hash = hashIn(body['extensions']);
  return hash === undefined
    ? request
    : { ...request, body: { ...body, query: textOf(hash, body['query']) } };
}

function readExtensions(json: string | null): unknown {
  if (json === null) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    // The parser of parameters says what is wrong with it.
    return undefined;
  }
}

function hashIn(extensions: unknown): unknown {
  if (typeof extensions !== 'object' || extensions === null) return undefined;
  const { persistedQuery } = extensions as { readonly persistedQuery?: unknown };
  if (typeof persistedQuery !== 'object' || persistedQuery === null) return undefined;
  return (persistedQuery as { readonly sha256Hash?: unknown }).sha256Hash;
}
