import { HEADERS } from '@commerce/contracts/headers';
import type { Directory } from '@commerce/engines/directory/directory';
import { createAdminServer } from './admin.ts';
import type { DataPlane, DataPlaneName } from './data-plane.ts';
import { createExchangeRegister } from './exchange-register.ts';
import { createPinCookies } from './pin-cookie.ts';
import type { Certificate } from './gateway/certificates.ts';
import { type SecureServer, startSecureServer } from './gateway/secure-server.ts';
import { type GatewayOptions, UNLIMITED_GATEWAY } from './gateway/settings.ts';
import { startGateway } from './gateway/start-gateway.ts';
import type { PlacementOptions } from './placement/settings.ts';
import { directOrigins } from './request-origin.ts';
import { createRoutedProofs } from './routed-proofs.ts';
import { createRouterServer, type RouterDeps, routeRequest } from './router.ts';
import { createRouterMetrics } from './router-metrics.ts';
import { createSeenPositions } from './seen-positions.ts';
import { close, listen } from './server-sockets.ts';
import { chooseDataPlane, type PlaneOptions, startDataPlane } from './start-data-plane.ts';
import { createTableFollower } from './table-follower.ts';
import { createTableStore } from './table-store.ts';
import { createUpstreams, DEFAULT_UPSTREAM_LIMITS, type UpstreamLimits } from './upstreams.ts';

export interface RouterOptions extends PlaneOptions {
  readonly adminPort: number;
  readonly dataPlane?: DataPlaneName;
  readonly directory: Directory;
  /** Default: the country comes by header alone, and every host is served. */
  readonly placement?: PlacementOptions;
  /** Default: all that a gateway does, without limits of rate. */
  readonly gateway?: GatewayOptions;
  /** A second listener, by TLS, for HTTP/2 and HTTP/1.1. Default: none. */
  readonly tls?: { readonly port: number; readonly certificate: Certificate } | undefined;
  readonly refreshIntervalMs?: number;
  readonly upstreamLimits?: Partial<UpstreamLimits>;
}

export interface RunningRouter {
  readonly port: number;
  readonly adminPort: number;
  /** Undefined where there is no listener by TLS. */
  readonly tlsPort: number | undefined;
  /** The one that serves, which is not the one asked for where that is not installed. */
  readonly dataPlane: DataPlaneName;
  /** Asks the directory for the newest table now. */
  refresh(): Promise<void>;
  /**
   * Takes no more connections, waits for requests under way, at most some seconds, and closes. May be
   * called again.
   */
  stop(): Promise<void>;
}

/** The head of a request is a few kilobytes: who needs longer is no browser. */
const HEAD_TIMEOUT_MS = 10_000;
/** Requests under way by TLS have as long to end as those of the public port. */
const STOP_GRACE_MS = 5_000;

const HEADER_ALONE: PlacementOptions = Object.freeze({
  countryHeader: HEADERS.clientCountry,
  countries: undefined,
  pool: undefined,
});

/** Starts a router; it serves as soon as it has a table, be it the one on disk. */
export async function startRouter(options: RouterOptions): Promise<RunningRouter> {
  const { directory, logger } = options;
  let stopping = false;
  let draining = false;
  const isLeaving = (): boolean => stopping || draining;
  const headTimeoutMs = options.headTimeoutMs ?? HEAD_TIMEOUT_MS;
  const limits = { ...DEFAULT_UPSTREAM_LIMITS, ...options.upstreamLimits };
  const follower = createTableFollower({
    directory,
    store: createTableStore(options.dataFolder, options.routedAuthKey),
    logger,
    ...(options.refreshIntervalMs !== undefined && { intervalMs: options.refreshIntervalMs }),
  });
  const upstreams = createUpstreams(limits);
  const register = createExchangeRegister();
  follower.onChange(register.follow);
  const positions = createSeenPositions();
  const metrics = createRouterMetrics({
    inFlight: () => upstreams.states(),
    rejections: () => follower.status().rejections,
    tableAgeMs: () => {
      const { readAtMs } = follower.status();
      return readAtMs === undefined ? undefined : Date.now() - readAtMs;
    },
  });
  const gateway = startGateway(options.gateway ?? UNLIMITED_GATEWAY, {
    registry: metrics.registry,
    routedAuthKey: options.routedAuthKey,
    logger,
  });
  const placement = options.placement ?? HEADER_ALONE;
  const chosen = await chooseDataPlane(options, options.dataPlane ?? 'node');
  let plane: DataPlane | undefined;
  let secure: SecureServer | undefined;
  const routerDeps: RouterDeps = {
    upstreams,
    register,
    follower,
    positions,
    metrics,
    isStopping: isLeaving,
    logger,
    proofs: createRoutedProofs(options.routedAuthKey),
    pins: createPinCookies(options.pinKey),
    inFlightMax: limits.inFlightMax,
    answerTimeoutMs: limits.answerTimeoutMs,
    originOf: chosen.originOf,
    headTimeoutMs,
    trustedPeers: options.trustedPeers,
    placement,
    gateway,
    defaultCountry: options.defaultCountry,
  };
  const server = createRouterServer(routerDeps);
  const admin = createAdminServer({
    follower,
    upstreams,
    positions,
    metrics,
    pool: placement.pool,
    plane: () => plane,
    isStopping: () => stopping,
    isDraining: () => draining,
    async drain(wanted: boolean): Promise<void> {
      draining = wanted;
      await plane?.drain(wanted);
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping = true;
    gateway.stop();
    await Promise.all([plane?.stop(), secure?.stop(STOP_GRACE_MS), follower.stop()]);
    await close(admin);
    await upstreams.close();
    directory.close();
  };
  try {
    follower.onChange(gateway.follow);
    await follower.start();
    gateway.follow(follower.current());
    plane = await startDataPlane(
      chosen,
      { ...options, headTimeoutMs },
      { server, follower, positions, limits, gateway: options.gateway ?? UNLIMITED_GATEWAY },
    );
    secure = await startSecure(options, routerDeps);
    const adminPort = await listen(admin, options.host, options.adminPort);
    return Object.freeze({
      port: plane.port,
      tlsPort: secure?.port,
      adminPort,
      dataPlane: plane.name,
      refresh: () => follower.refresh(),
      stop(): Promise<void> {
        stopped ??= stop();
        return stopped;
      },
    });
  } catch (error) {
    await follower.stop();
    await secure?.stop(0);
    await (plane === undefined ? close(server) : plane.stop());
    directory.close();
    throw error;
  }
}

/** Starts the listener by TLS. Its clients come by themselves, whichever plane carries the others. */
async function startSecure(
  options: RouterOptions,
  deps: RouterDeps,
): Promise<SecureServer | undefined> {
  if (options.tls === undefined) return undefined;
  const direct = { ...deps, originOf: directOrigins(options.trustedPeers) };
  return startSecureServer({
    host: options.host,
    ...options.tls,
    handle: (request, response) => routeRequest(direct, request, response),
  });
}
