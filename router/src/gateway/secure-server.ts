import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { StartupFault } from '@commerce/service/part';
import { listen } from '../server-sockets.ts';
import type { Certificate } from './certificates.ts';

/** The public address by TLS: HTTP/2 for clients that speak it, HTTP/1.1 for the others, by ALPN. */
export interface SecureServer {
  readonly port: number;
  /** Takes no more, and closes once the requests under way have ended, or after the grace. */
  stop(graceMs: number): Promise<void>;
}

export interface SecureServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly certificate: Certificate;
  /** The router's own handler, which knows HTTP/1.1 alone. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Requests of one connection at once; a browser has a dozen. */
const STREAMS_MAX = 100;
const HEADER_BYTES_MAX = 32_768;
const SESSION_MEGABYTES_MAX = 10;
const CONNECTIONS_MAX = 10_000;
const IDLE_MS = 65_000;
/** Streams that a client opens and breaks off again: more is an attack (CVE-2023-44487). */
const RESETS_BURST = 200;
const RESETS_PER_S = 20;

/** Starts the server. @throws StartupFault where the certificate does not fit its key */
export async function startSecureServer(options: SecureServerOptions): Promise<SecureServer> {
  const server = createServerOf(options.certificate);
  const sessions = new Set<ServerHttp2Session>();
  server.maxConnections = CONNECTIONS_MAX;
  server.on('session', (session) => {
    sessions.add(session);
    session.setTimeout(IDLE_MS, () => session.close());
    session.once('close', () => sessions.delete(session));
    // What a client does wrong ends its own connection, and is nobody's fault here.
    session.on('error', () => undefined);
  });
  const take = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    if (request.httpVersionMajor === 2) adaptResponse(response);
    options.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  };
  server.on('request', take);
  server.on('checkContinue', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    response.writeContinue();
    take(request, response);
  });
  server.on('tlsClientError', (_error: Error, socket: TLSSocket) => {
    socket.destroy();
  });
  server.on('sessionError', () => undefined);
  const port = await listen(server, options.host, options.port);
  return Object.freeze({
    port,
    stop: (graceMs: number) => close(server, sessions, graceMs),
  });
}

function createServerOf({ key, cert }: Certificate): Http2SecureServer {
  try {
    return createSecureServer({
      key,
      cert,
      allowHTTP1: true,
      minVersion: 'TLSv1.2',
      maxSessionMemory: SESSION_MEGABYTES_MAX,
      streamResetBurst: RESETS_BURST,
      streamResetRate: RESETS_PER_S,
      settings: {
        maxConcurrentStreams: STREAMS_MAX,
        maxHeaderListSize: HEADER_BYTES_MAX,
      },
    });
  } catch (error) {
    throw new StartupFault(
      `The certificate can't be used: ${(error as Error).message}.`,
      'Give TLS_CERTIFICATE_FILE and TLS_KEY_FILE of one certificate.',
    );
  }
}

/** Headers of one connection, which HTTP/2 does not know. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

type HeaderValue = string | readonly string[];

/**
 * Makes an answer in HTTP/2 take headers as one in HTTP/1.1 does: in a list of names and values in which
 * a name may come twice, where Node's own keeps only the last.
 */
function adaptResponse(response: Http2ServerResponse): void {
  const write = response.writeHead.bind(response) as (status: number, headers: object) => unknown;
  const writeHead = (status: number, headers: object = {}): unknown =>
    write(
      status,
      Array.isArray(headers) ? mergeList(headers as HeaderValue[]) : withoutHop(headers),
    );
  Object.defineProperty(response, 'writeHead', { value: writeHead });
  Object.defineProperty(response, 'writableFinished', {
    get: (): boolean => response.stream.writableFinished as boolean,
  });
}

function mergeList(list: readonly HeaderValue[]): Record<string, string | string[]> {
  const merged: Record<string, string | string[]> = {};
  for (let i = 0; i < list.length; i += 2) {
    const name = String(list[i]).toLowerCase();
    const value = list[i + 1] as HeaderValue;
    if (HOP_HEADERS.has(name)) continue;
    const known = merged[name];
    const values = [known ?? [], value].flat(2);
    merged[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return merged;
}

function withoutHop(headers: object): object {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name.toLowerCase())),
  );
}

function close(
  server: Http2SecureServer,
  sessions: ReadonlySet<ServerHttp2Session>,
  graceMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const session of sessions) session.destroy();
    }, graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    // Clients are told to open no more, and end what they have.
    for (const session of sessions) session.close();
  });
}
