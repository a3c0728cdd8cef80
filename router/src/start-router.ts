import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Logger } from '@commerce/service/logger';
import { createAdminServer } from './admin.ts';
import { createPinCookies } from './pin-cookie.ts';
import { createRoutedProofs } from './routed-proofs.ts';
import { createRouterServer } from './router.ts';
import { createRouterMetrics } from './router-metrics.ts';
import { createSeenPositions } from './seen-positions.ts';
import { createTableFollower } from './table-follower.ts';
import { createTableStore } from './table-store.ts';
import type { TrustedPeers } from './trusted-peers.ts';
import { createUpstreams, DEFAULT_UPSTREAM_LIMITS, type UpstreamLimits } from './upstreams.ts';

export interface RouterOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly adminPort: number;
  readonly dataFolder: string;
  readonly directory: Directory;
  readonly pinKey: Uint8Array;
  readonly routedAuthKey: Uint8Array;
  readonly defaultCountry: string | undefined;
  readonly trustedPeers: TrustedPeers;
  readonly logger: Logger;
  readonly refreshIntervalMs?: number;
  readonly upstreamLimits?: Partial<UpstreamLimits>;
}

export interface RunningRouter {
  readonly port: number;
  readonly adminPort: number;
  /** Asks the directory for the newest table now. */
  refresh(): Promise<void>;
  /**
   * Takes no more connections, waits for requests under way, at most some seconds, and closes. May be
   * called again.
   */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 5_000;

/** Starts a router; it serves as soon as it has a table, be it the one on disk. */
export async function startRouter(options: RouterOptions): Promise<RunningRouter> {
  const { directory, logger } = options;
  let stopping = false;
  const isStopping = (): boolean => stopping;
  const limits = { ...DEFAULT_UPSTREAM_LIMITS, ...options.upstreamLimits };
  const follower = createTableFollower({
    directory,
    store: createTableStore(options.dataFolder),
    logger,
    ...(options.refreshIntervalMs !== undefined && { intervalMs: options.refreshIntervalMs }),
  });
  const upstreams = createUpstreams(limits);
  const positions = createSeenPositions();
  const metrics = createRouterMetrics({
    inFlight: () => upstreams.states(),
    tableAgeMs: () => {
      const { readAtMs } = follower.status();
      return readAtMs === undefined ? undefined : Date.now() - readAtMs;
    },
  });
  const server = createRouterServer({
    upstreams,
    follower,
    positions,
    metrics,
    isStopping,
    logger,
    proofs: createRoutedProofs(options.routedAuthKey),
    pins: createPinCookies(options.pinKey),
    inFlightMax: limits.inFlightMax,
    trustedPeers: options.trustedPeers,
    defaultCountry: options.defaultCountry,
  });
  const admin = createAdminServer({ follower, upstreams, positions, metrics, isStopping });
  const started: Server[] = [];
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all([close(server), follower.stop()]);
    await close(admin);
    await upstreams.close();
    directory.close();
  };
  try {
    await follower.start();
    const port = await listen(server, options.host, options.port);
    started.push(server);
    const adminPort = await listen(admin, options.host, options.adminPort);
    started.push(admin);
    return Object.freeze({
      port,
      adminPort,
      refresh: () => follower.refresh(),
      stop(): Promise<void> {
        stopped ??= stop();
        return stopped;
      },
    });
  } catch (error) {
    await follower.stop();
    await Promise.all(started.map(close));
    directory.close();
    throw error;
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
