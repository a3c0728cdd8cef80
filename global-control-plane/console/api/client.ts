import type { Problem } from '@commerce/contracts/problems';
import { ApiProblem, Unreachable } from './problem.ts';

/** One request to the control plane that serves these pages: with the cookie, and the session's token. */

let csrfToken: string | undefined;

/** Keeps the token of the session, which requests with an effect have to carry. */
export function keepToken(token: string | undefined): void {
  csrfToken = token;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Members that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Sent as it is, with this content type. */
  readonly content?: { readonly type: string; readonly data: Blob };
  /** ETag that was read, for what two people may edit. */
  readonly ifMatch?: string;
  /** Names the request, so that a repeat has one effect. */
  readonly key?: string;
  /** Vendor that an operator acts for. */
  readonly actingFor?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface ApiAnswer<Body> {
  readonly body: Body;
  readonly etag: string | undefined;
  readonly location: string | undefined;
}

/** Longer than the control plane takes for anything but a file. */
const TIMEOUT_MS = 30_000;
const FILE_TIMEOUT_MS = 600_000;

function addressOf(path: string, query: ApiRequest['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') params.set(name, String(value));
  }
  return params.size === 0 ? path : `${path}?${params}`;
}

function headersOf(request: ApiRequest): Headers {
  const headers = new Headers({ accept: 'application/json' });
  const { method = 'GET', body, content, ifMatch, key, actingFor } = request;
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (content !== undefined) headers.set('content-type', content.type);
  if (ifMatch !== undefined) headers.set('if-match', ifMatch);
  if (key !== undefined) headers.set('idempotency-key', key);
  if (actingFor !== undefined) headers.set('x-acting-vendor', actingFor);
  if (method !== 'GET' && csrfToken !== undefined) headers.set('x-csrf-token', csrfToken);
  return headers;
}

async function readProblem(response: Response): Promise<Problem> {
  try {
    const problem = (await response.json()) as Problem;
    if (typeof problem.code === 'string') return problem;
  } catch {
    // Not ours: a proxy in between has answered.
  }
  const { status, statusText } = response;
  return { type: 'about:blank', title: statusText, status, code: 'bad-gateway' };
}

/** @throws ApiProblem what was refused, Unreachable where nothing answered */
export async function send<Body>(path: string, request: ApiRequest = {}): Promise<ApiAnswer<Body>> {
  const { method = 'GET', body, content, query, signal } = request;
  const timeout = AbortSignal.timeout(content === undefined ? TIMEOUT_MS : FILE_TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(addressOf(path, query), {
      method,
      headers: headersOf(request),
      credentials: 'same-origin',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(content !== undefined && { body: content.data }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Unreachable(error);
  }
  if (!response.ok) {
    const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new ApiProblem(await readProblem(response), Number.isNaN(wait) ? undefined : wait);
  }
  return {
    body: (response.status === 204 ? undefined : await response.json()) as Body,
    etag: response.headers.get('etag') ?? undefined,
    location: response.headers.get('location') ?? undefined,
  };
}

/** The body of an answer alone. */
export async function read<Body>(path: string, request: ApiRequest = {}): Promise<Body> {
  return (await send<Body>(path, request)).body;
}
