import type { IncomingMessage } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import { type Partition, parsePartition } from '@commerce/contracts/ids';
import { LIMIT_NAMES, type LimitName } from './gateway/rate-limits.ts';
import type { TrustedPeers } from './trusted-peers.ts';

/** Where a request comes from, as far as it matters for believing and forwarding it. */
export interface RequestOrigin {
  /** Address of the client's end of the connection. */
  readonly peer: string;
  /** Whether the peer's word on client address, country and protocol is believed. */
  readonly isTrusted: boolean;
  /**
   * The partition for which HAProxy has forwarded the request before, to a cell that refused it or did
   * not answer. Its headers are then those for a cell already, and the pin is not among them any more.
   */
  readonly routedBefore: Partition | undefined;
  /** Whether HAProxy has counted the request against the limits of address and token. */
  readonly isCounted: boolean;
  /** The limit that it is beyond by HAProxy's count, and seconds to wait; undefined where it is within. */
  readonly beyond: { readonly limit: LimitName; readonly retryAfterS: number } | undefined;
}

export type ReadOrigin = (request: IncomingMessage) => RequestOrigin;

/** Origins of requests that arrive on the public port itself. */
export function directOrigins(trustedPeers: TrustedPeers): ReadOrigin {
  return (request) => {
    const { remoteAddress } = request.socket;
    return {
      peer: remoteAddress ?? 'unknown',
      isTrusted: trustedPeers.includes(remoteAddress),
      routedBefore: undefined,
      isCounted: false,
      beyond: undefined,
    };
  };
}

/**
 * Origins of requests that HAProxy hands to the Node plane, by the headers that it alone may set: it has
 * dropped whatever a client has sent under such names, and nobody else reaches the socket.
 */
export function handedOrigins(trustedPeers: TrustedPeers): ReadOrigin {
  return ({ headers }) => {
    const peer = String(headers[HEADERS.routedPeer] ?? 'unknown');
    const named = headers[HEADERS.routedPartition];
    const routedBefore = typeof named === 'string' ? parsePartition(named) : undefined;
    // HAProxy has believed or dropped what the peer said before it forwarded the request.
    const isTrusted = routedBefore !== undefined || trustedPeers.includes(peer);
    const beyond = readBeyond(headers[HEADERS.routedLimit]);
    return { peer, isTrusted, routedBefore, isCounted: true, beyond };
  };
}

function readBeyond(header: string | string[] | undefined): RequestOrigin['beyond'] {
  if (typeof header !== 'string') return undefined;
  const [name, seconds] = header.split(' ');
  const limit = LIMIT_NAMES.find((known) => known === name);
  return limit && { limit, retryAfterS: Number(seconds) };
}
