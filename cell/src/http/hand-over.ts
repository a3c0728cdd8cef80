import { AsyncLocalStorage } from 'node:async_hooks';
import type { Readable } from 'node:stream';
import { HEADERS } from '@commerce/contracts/headers';
import { type CellId, type Partition, parsePartition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import type { Logger } from '@commerce/service/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Agent, request as sendRequest } from 'undici';
import type { Ownership } from '../partitions/ownership.ts';
import type { Peers } from '../partitions/peers.ts';
import type { Place, Whereabouts } from '../partitions/roles/whereabouts.ts';
import {
  copyHead,
  headersFor,
  hopsOf,
  joinBody,
  keepBody,
  type SentBody,
} from './handed-request.ts';

/**
 * Requests that find that their partition is not here (any more): they wait until it is known where it
 * is, two seconds at most, and then go one hop to its new primary, whose answer is theirs. So a planned
 * move is a pause for the shopper and never an error, and routers may hear of it at leisure.
 *
 * It begins where a handler meets `misdirected`, so nothing waits that could be answered here, and what
 * was inside a handler when the fence came is run again in the same way. That is safe: a unit of work
 * that is refused has done nothing; earlier ones of the same request are covered by its
 * `Idempotency-Key`, and without a key the request is not run again once it has committed anything.
 */
export interface HandOver {
  /** Keeps what is needed to send a request on; to be called before routes are added. */
  register(app: HttpApp): void;
  /** Counts a commit of the request that is being handled. */
  noteCommit(): void;
  /**
   * Answers a misdirected request with the answer of the cell that it belongs to.
   * @returns the error to be answered where there is no such cell; undefined where it was answered
   */
  recover(
    error: AppError,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<AppError | undefined>;
  /** Requests that wait now, and those so far by what became of them. */
  counts(): Readonly<Record<'waiting' | 'handed-over' | 'timed-out' | 'refused', number>>;
  close(): Promise<void>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where the request has no body. */
    sentBody: SentBody | undefined;
  }
  interface FastifyContextConfig {
    /** Whether the request may be run twice though it carries no key, as a webhook may. */
    readonly isRepeatable?: boolean;
  }
}

/** From the fence to the new primary; what takes longer is told to the router. */
const WAIT_MS_MAX = 2_000;
/** Requests and bytes that may wait at once; more would only make the end of the wait a rush. */
const WAITING_MAX = 2_000;
const WAITING_BYTES_MAX = 67_108_864;
/** After a move, requests of routers that have not heard of it are sent on for this long. */
const GRACE_MS = 60_000;
/** One hop to the new primary, and one to itself where it had not taken over yet. */
const HOPS_MAX = 2;
const ANSWER_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 128;

export interface HandOverDeps {
  readonly cell: CellId;
  readonly ownership: Ownership;
  readonly whereabouts: Whereabouts;
  readonly peers: Peers;
  readonly routedAuthKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Logger;
  /** The client's country, where it is believed. */
  readonly countryOf: (request: FastifyRequest) => string | undefined;
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly partition: Partition;
}

export function createHandOver(deps: HandOverDeps): HandOver {
  const { ownership, log } = deps;
  const agent = new Agent({ connections: CONNECTIONS_MAX, keepAliveTimeout: 10_000 });
  const commits = new AsyncLocalStorage<{ count: number }>();
  const counts = { waiting: 0, 'handed-over': 0, 'timed-out': 0, refused: 0 };
  const findPlace = createWaitingRoom(deps.whereabouts, counts);
  const moves = createMoveClock(ownership, deps.clock);

  const send = async (place: Place, { request, reply, partition }: Exchange): Promise<void> => {
    const peer = await deps.peers.find(place.cell);
    if (peer === undefined) throw unreachable(place.cell);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const { sentBody } = request;
    const answer = await sendRequest(`${peer.url}${request.url}`, {
      dispatcher: agent,
      method: request.method as 'GET',
      headers: headersFor(request, partition, place, {
        key: deps.routedAuthKey,
        nowS: Math.floor(deps.clock.nowMs() / 1000),
        country: deps.countryOf(request),
      }),
      ...(sentBody !== undefined && { body: joinBody(sentBody) }),
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      signal: gone.signal,
    }).catch((error: unknown) => {
      throw unreachable(place.cell, error);
    });
    counts['handed-over'] += 1;
    copyHead(answer, reply);
    await reply.send(answer.body satisfies Readable);
  };

  /** Whether the place may be tried: another cell once, this one where it took over meanwhile. */
  const isOpen = (place: Place, request: FastifyRequest): boolean => {
    const hops = hopsOf(request);
    return place.cell === deps.cell ? hops < HOPS_MAX : hops === 0;
  };

  const follow = async (exchange: Exchange, error: AppError): Promise<AppError | undefined> => {
    const { request, partition } = exchange;
    // A router that still sends here long after the move is told, so that it looks for itself.
    if (request.routed !== undefined && moves.ageMs(partition) > GRACE_MS) {
      return withPlace(error, ownership, partition);
    }
    const place = await findPlace(partition, request);
    if (place === undefined) counts['timed-out'] += 1;
    if (place === undefined || !isOpen(place, request)) {
      return withPlace(error, ownership, partition);
    }
    await send(place, exchange);
    return undefined;
  };

  return Object.freeze<HandOver>({
    register(app) {
      app.decorateRequest('sentBody', undefined);
      app.addHook('preParsing', (request, _reply, payload, done) => {
        request.sentBody = keepBody(request, payload as Readable);
        done(null, payload);
      });
      app.addHook('preValidation', (request, _reply, done) => {
        if (isRead(request)) done();
        else commits.run({ count: 0 }, done);
      });
    },

    noteCommit() {
      const counter = commits.getStore();
      if (counter !== undefined) counter.count += 1;
    },

    async recover(error, request, reply) {
      const { partition: named } = error.options.extensions ?? {};
      const partition = typeof named === 'string' ? parsePartition(named) : undefined;
      if (error.code !== 'misdirected' || partition === undefined) return error;
      // The request belongs to another partition than its router thought: the shopper is pinned anew.
      if (request.routed !== undefined && request.routed.partition !== partition) return error;
      if (ownership.of(partition) === undefined) return error;
      if (!isRepeatable(request, commits.getStore()?.count ?? 0)) return halfDone(error);
      try {
        return await follow({ request, reply, partition }, error);
      } catch (fault) {
        log.warn({ err: fault, partition, requestId: request.id }, 'a request was not handed over');
        return fault instanceof AppError ? fault : error;
      }
    },

    counts: () => ({ ...counts }),
    close: () => agent.close(),
  });
}

/** Where those wait whose partition is between two cells; it has a limit. */
function createWaitingRoom(whereabouts: Whereabouts, counts: { waiting: number; refused: number }) {
  let bytesWaiting = 0;
  return async (partition: Partition, request: FastifyRequest): Promise<Place | undefined> => {
    const bytes = request.sentBody?.bytes ?? 0;
    if (counts.waiting >= WAITING_MAX || bytesWaiting + bytes > WAITING_BYTES_MAX) {
      counts.refused += 1;
      throw new AppError('unavailable', {
        detail: 'Too many requests wait for a partition that is being moved.',
        retryAfterS: 1,
      });
    }
    counts.waiting += 1;
    bytesWaiting += bytes;
    try {
      return await whereabouts.find(partition, {
        sinceEpoch: request.routed?.epoch ?? 0,
        untilMs: performance.now() + WAIT_MS_MAX,
      });
    } finally {
      counts.waiting -= 1;
      bytesWaiting -= bytes;
    }
  };
}

/** Tells how long a partition has had its present place, counted from the first request that asked. */
function createMoveClock(ownership: Ownership, clock: Clock) {
  const seen = new Map<Partition, { readonly epoch: number; readonly atMs: number }>();
  return {
    ageMs(partition: Partition): number {
      const epoch = ownership.placementOf(partition)?.epoch ?? 0;
      const known = seen.get(partition);
      if (known?.epoch === epoch) return clock.nowMs() - known.atMs;
      seen.set(partition, { epoch, atMs: clock.nowMs() });
      return 0;
    },
  };
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isRepeatable(request: FastifyRequest, commits: number): boolean {
  return (
    isRead(request) ||
    commits === 0 ||
    request.headers[HEADERS.idempotencyKey] !== undefined ||
    request.routeOptions.config.isRepeatable === true
  );
}

/** A refusal that says what the directory says, so that a router without one finds the place too. */
function withPlace(error: AppError, ownership: Ownership, partition: Partition): AppError {
  const placed = ownership.placementOf(partition);
  const held = ownership.of(partition);
  if (placed === undefined || placed.epoch < (held?.epoch ?? 0)) return error;
  return new AppError('misdirected', {
    extensions: { partition, epoch: placed.epoch, primary: placed.primary },
  });
}

/** Not 421: a router would send it again, and part of it has happened. */
function halfDone(cause: AppError): AppError {
  return new AppError('unavailable', {
    detail:
      'The data moved to another cell half-way. What was done before that stands: look first.',
    retryAfterS: 1,
    cause,
  });
}

function unreachable(cell: CellId, cause?: unknown): AppError {
  return new AppError('unavailable', {
    detail: `The cell ${cell} can not be reached from here.`,
    retryAfterS: 1,
    cause,
  });
}
