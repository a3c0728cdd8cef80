import { createHash } from 'node:crypto';
import { HEADERS } from '@commerce/contracts/headers';
import {
  type CellId,
  type Partition,
  type PartitionIdType,
  isPartitionId,
  parsePartition,
  partitionOfId,
} from '@commerce/contracts/ids';
import { formatPosition, type Position } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
import { verifyRouted } from '@commerce/contracts/routed-auth';
import type { Clock } from '@commerce/service/clock';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type IdempotencyKey, idempotencyKey, type OnceAnswer } from '../partitions/idempotency.ts';
import type { Ownership } from '../partitions/ownership.ts';

/** What a router decided for a request, once its proof was verified. */
export interface RoutedContext {
  readonly partition: Partition;
  readonly epoch: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where the request did not come through a router. */
    routed: RoutedContext | undefined;
  }
}

/** Keys are opaque to us; printable and short, as they are hashed and never stored. */
const IDEMPOTENCY_KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
/** Proofs that are remembered: one for each partition and half-minute, and some over. */
const PROOFS_MAX = 8_192;

/** How handlers learn which partition a request is for, who may write, and how they answer. */
export interface RequestContext {
  /** The hook that every request passes first. */
  onRequest(request: FastifyRequest, reply: FastifyReply): void;
  /** The partition for data that has none yet: the router's choice, or this cell's own. */
  partitionForNew(request: FastifyRequest): Partition;
  /** The partition that the router sent the request for; undefined without a router. */
  routedPartition(request: FastifyRequest): Partition | undefined;
  /**
   * The partition of an id in the path, for writing.
   * @throws AppError `invalid-id`, `misdirected` or `quarantined`
   */
  writablePartition(type: PartitionIdType, id: string): Partition;
  /** The partition of an id in the path, for reading. */
  readablePartition(type: PartitionIdType, id: string): Partition;
  /** @throws AppError `invalid-request` where the header is malformed */
  idempotencyOf(request: FastifyRequest): IdempotencyKey | undefined;
  /** The same where nothing may be done without one. @throws AppError also `idempotency-key-missing` */
  requireIdempotency(request: FastifyRequest): IdempotencyKey;
  /** Two capital letters as the router or a trusted proxy gave them; undefined where unknown. */
  countryOf(request: FastifyRequest): string | undefined;
  /** Sends the answer of a write, with its position and whether it was kept from before. */
  sendAnswer(reply: FastifyReply, answer: OnceAnswer, position: Position | undefined): FastifyReply;
}

export function createRequestContext(options: {
  readonly cell: CellId;
  readonly ownership: Ownership;
  readonly routedAuthKey: Uint8Array;
  readonly clock: Clock;
}): RequestContext {
  const { cell, ownership, routedAuthKey, clock } = options;
  const proofs = new LRUCache<string, number>({ max: PROOFS_MAX });

  const readRouted = (request: FastifyRequest): RoutedContext | undefined => {
    const { headers } = request;
    const auth = headers[HEADERS.routedAuth];
    const name = headers[HEADERS.routedPartition];
    if (typeof auth !== 'string' || typeof name !== 'string') return undefined;
    const partition = parsePartition(name);
    const epoch = Number(headers[HEADERS.routedEpoch]);
    if (partition === undefined || !Number.isSafeInteger(epoch)) return undefined;
    const nowS = Math.floor(clock.nowMs() / 1000);
    const proof = `${auth} ${partition} ${epoch}`;
    if ((proofs.get(proof) ?? 0) < nowS) {
      if (!verifyRouted(auth, { cell, partition, epoch }, routedAuthKey, nowS)) return undefined;
      proofs.set(proof, Number(auth.split('.')[1]));
    }
    return { partition, epoch };
  };

  const partitionOf = (type: PartitionIdType, id: string): Partition => {
    const partition = isPartitionId(type, id) ? partitionOfId(id) : undefined;
    if (partition === undefined) {
      throw new AppError('invalid-id', {
        field: 'id',
        detail: `"${id.slice(0, 80)}" is no ${type} id.`,
      });
    }
    return partition;
  };

  const idempotencyOf = (request: FastifyRequest): IdempotencyKey | undefined => {
    const key = request.headers[HEADERS.idempotencyKey];
    if (key === undefined) return undefined;
    if (typeof key !== 'string' || !IDEMPOTENCY_KEY_PATTERN.test(key)) {
      throw new AppError('invalid-request', {
        field: HEADERS.idempotencyKey,
        detail: 'The key must be 1 to 255 printable ASCII characters.',
      });
    }
    const { method, url, body } = request;
    return idempotencyKey(key, { method, path: url, body });
  };

  return {
    onRequest(request, reply) {
      const routed = readRouted(request);
      request.routed = routed;
      reply.header(HEADERS.cell, cell);
      if (routed === undefined) return;
      const owned = ownership.of(routed.partition);
      if (owned === undefined) return;
      reply.header(HEADERS.cellEpoch, owned.epoch);
      // Somebody has seen a newer primary: give the partition up before anything is written.
      if (routed.epoch > owned.epoch) {
        // It is given up in memory before this returns. A database that can't be told is told again
        // by the placement, before this cell writes after a restart.
        ownership.giveUp(routed.partition, routed.epoch).catch(() => undefined);
      }
    },

    partitionForNew(request) {
      const partition = request.routed?.partition ?? chooseOwn(request);
      ownership.requireWritable(partition);
      return partition;
    },

    routedPartition: (request) => request.routed?.partition,

    writablePartition(type, id) {
      const partition = partitionOf(type, id);
      ownership.requireWritable(partition);
      return partition;
    },

    readablePartition(type, id) {
      const partition = partitionOf(type, id);
      ownership.requirePrimary(partition);
      return partition;
    },

    idempotencyOf,

    requireIdempotency(request) {
      const key = idempotencyOf(request);
      if (key !== undefined) return key;
      throw new AppError('idempotency-key-missing', { field: HEADERS.idempotencyKey });
    },

    countryOf(request) {
      const country = request.headers[HEADERS.clientCountry];
      const trusted = request.routed !== undefined || isLoopback(request.socket.remoteAddress);
      return trusted && typeof country === 'string' && /^[A-Z]{2}$/.test(country)
        ? country
        : undefined;
    },

    sendAnswer(reply, answer, position) {
      if (position !== undefined) reply.header(HEADERS.partitionPosition, formatPosition(position));
      if (answer.replayed) reply.header(HEADERS.idempotencyReplayed, 'true');
      return reply.code(answer.status).send(answer.body);
    },
  };

  /** A cell that is called without a router sells too: it picks one of its own partitions. */
  function chooseOwn(request: FastifyRequest): Partition {
    const primaries = ownership.primaries();
    const key = request.headers[HEADERS.idempotencyKey];
    // A retry with the same key must find the record of the first try.
    const index =
      typeof key === 'string'
        ? createHash('sha256').update(key).digest().readUInt32BE(0) % primaries.length
        : Math.floor(Math.random() * primaries.length);
    const partition = primaries[index];
    if (partition === undefined) throw new AppError('no-cell', { retryAfterS: 2 });
    return partition;
  }
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string | undefined): boolean {
  return (
    address !== undefined &&
    (address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.'))
  );
}
