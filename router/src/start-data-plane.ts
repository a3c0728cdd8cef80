import type { Server } from 'node:http';
import type { Logger } from '@commerce/service/logger';
import type { DataPlane, DataPlaneName } from './data-plane.ts';
import { findHaproxy, type FoundHaproxy, startHaproxyPlane } from './haproxy/index.ts';
import { pinSecretOf } from './pin-cookie.ts';
import { directOrigins, handedOrigins, type ReadOrigin } from './request-origin.ts';
import type { GatewayOptions } from './gateway/settings.ts';
import type { SeenPositions } from './seen-positions.ts';
import { close, listen, listenOnSocket } from './server-sockets.ts';
import type { TableFollower } from './table-follower.ts';
import type { TrustedPeers } from './trusted-peers.ts';
import type { UpstreamLimits } from './upstreams.ts';

/** What a data plane is started with. */
export interface PlaneOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly haproxyBinary?: string;
  readonly dataFolder: string;
  readonly pinKey: Uint8Array;
  readonly routedAuthKey: Uint8Array;
  readonly defaultCountry: string | undefined;
  readonly trustedPeers: TrustedPeers;
  readonly logger: Logger;
  /** The head of a request, and a body that is held, must have come within this, in milliseconds. */
  readonly headTimeoutMs?: number;
}

/** The data plane that was chosen, before anything of it runs. */
export interface ChosenPlane {
  readonly haproxy: FoundHaproxy | undefined;
  /** How the Node plane's server knows where its requests come from. */
  readonly originOf: ReadOrigin;
}

/** Chooses the data plane that is asked for, or the Node plane where HAProxy is not there. */
export async function chooseDataPlane(
  options: PlaneOptions,
  wanted: DataPlaneName,
): Promise<ChosenPlane> {
  const found = wanted === 'haproxy' ? await findHaproxy(options.haproxyBinary) : undefined;
  if (found !== undefined && 'missing' in found) {
    tellMissing(options.logger, found.missing);
    return { haproxy: undefined, originOf: directOrigins(options.trustedPeers) };
  }
  const origins = found === undefined ? directOrigins : handedOrigins;
  return { haproxy: found, originOf: origins(options.trustedPeers) };
}

function tellMissing(logger: Logger, reason: string): void {
  logger.warn(
    {},
    `${reason}: the Node data plane serves instead. On Debian: apt-get install haproxy`,
  );
}

/** Starts it on the public port. */
export async function startDataPlane(
  { haproxy }: ChosenPlane,
  options: PlaneOptions & { readonly headTimeoutMs: number },
  parts: {
    readonly server: Server;
    readonly follower: TableFollower;
    readonly positions: SeenPositions;
    readonly limits: UpstreamLimits;
    readonly gateway: GatewayOptions;
  },
): Promise<DataPlane> {
  const { server, follower } = parts;
  if (haproxy === undefined) return startNodePlane(server, options);
  const plane = await startHaproxyPlane({
    found: haproxy,
    host: options.host,
    port: options.port,
    pinSecret: pinSecretOf(options.pinKey),
    routedAuthKey: options.routedAuthKey,
    trustedNetworks: options.trustedPeers.networks,
    defaultCountry: options.defaultCountry,
    limits: parts.limits,
    gateway: parts.gateway,
    headTimeoutMs: options.headTimeoutMs,
    dataFolder: options.dataFolder,
    table: follower.current(),
    positions: parts.positions,
    logger: options.logger,
    listenOn: (path) => listenOnSocket(server, path),
  });
  follower.onChange(plane.follow);
  // What changed while HAProxy started.
  plane.follow(follower.current());
  return Object.freeze({
    ...plane,
    async stop(): Promise<void> {
      await plane.stop();
      await close(server);
    },
  });
}

/** The router's own server is the plane: it sees the table and all answers by itself. */
async function startNodePlane(server: Server, options: PlaneOptions): Promise<DataPlane> {
  const port = await listen(server, options.host, options.port);
  return Object.freeze<DataPlane>({
    name: 'node',
    port,
    follow: () => undefined,
    settle: async () => true,
    describe: async () => ({}),
    observe: async () => [],
    collectPositions: async () => undefined,
    drain: async () => undefined,
    stop: () => close(server),
  });
}
