import type { Directory } from '@commerce/engines/directory/directory';
import { createAdminServer } from './admin.ts';
import type { DataPlane, DataPlaneName } from './data-plane.ts';
import { createPinCookies } from './pin-cookie.ts';
import { createRoutedProofs } from './routed-proofs.ts';
import { createRouterServer } from './router.ts';
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
  readonly refreshIntervalMs?: number;
  readonly upstreamLimits?: Partial<UpstreamLimits>;
}

export interface RunningRouter {
  readonly port: number;
  readonly adminPort: number;
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

/** Starts a router; it serves as soon as it has a table, be it the one on disk. */
export async function startRouter(options: RouterOptions): Promise<RunningRouter> {
  const { directory, logger } = options;
  let stopping = false;
  let draining = false;
  const isLeaving = (): boolean => stopping || draining;
  const limits = { ...DEFAULT_UPSTREAM_LIMITS, ...options.upstreamLimits };
  const follower = createTableFollower({
    directory,
    store: createTableStore(options.dataFolder, options.routedAuthKey),
    logger,
    ...(options.refreshIntervalMs !== undefined && { intervalMs: options.refreshIntervalMs }),
  });
  const upstreams = createUpstreams(limits);
  const positions = createSeenPositions();
  const metrics = createRouterMetrics({
    inFlight: () => upstreams.states(),
    rejections: () => follower.status().rejections,
    tableAgeMs: () => {
      const { readAtMs } = follower.status();
      return readAtMs === undefined ? undefined : Date.now() - readAtMs;
    },
  });
  const chosen = await chooseDataPlane(options, options.dataPlane ?? 'node');
  let plane: DataPlane | undefined;
  const server = createRouterServer({
    upstreams,
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
    headTimeoutMs: options.headTimeoutMs ?? HEAD_TIMEOUT_MS,
    defaultCountry: options.defaultCountry,
  });
  const admin = createAdminServer({
    follower,
    upstreams,
    positions,
    metrics,
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
    await Promise.all([plane?.stop(), follower.stop()]);
    await close(admin);
    await upstreams.close();
    directory.close();
  };
  try {
    await follower.start();
    plane = await startDataPlane(
      chosen,
      { headTimeoutMs: HEAD_TIMEOUT_MS, ...options },
      { server, follower, positions, limits },
    );
    const adminPort = await listen(admin, options.host, options.adminPort);
    return Object.freeze({
      port: plane.port,
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
    await (plane === undefined ? close(server) : plane.stop());
    directory.close();
    throw error;
  }
}
