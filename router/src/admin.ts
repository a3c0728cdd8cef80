import { createServer, type Server, type ServerResponse } from 'node:http';
import { type CellId, parsePartition } from '@commerce/contracts/ids';
import { formatPosition } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
import type { DataPlane } from './data-plane.ts';
import { explainPlacement } from './placement/explain-placement.ts';
import type { RouterPool } from './placement/router-pools.ts';
import { plainHost } from './placement/tenant-hosts.ts';
import { sendJson, sendProblem } from './problem-response.ts';
import type { RouterMetrics } from './router-metrics.ts';
import { findPlacement, isUsable } from './routing-table.ts';
import type { SeenPositions } from './seen-positions.ts';
import type { TableFollower } from './table-follower.ts';
import type { Upstreams } from './upstreams.ts';

export interface AdminDeps {
  readonly follower: TableFollower;
  readonly upstreams: Upstreams;
  readonly positions: SeenPositions;
  readonly metrics: RouterMetrics;
  readonly isStopping: () => boolean;
  readonly isDraining: () => boolean;
  /** Has load balancers and clients leave this router, or come back. */
  readonly drain: (isDraining: boolean) => Promise<void>;
  /** Undefined before it has started. */
  readonly plane: () => DataPlane | undefined;
  /** Undefined: this router serves every host. */
  readonly pool: RouterPool | undefined;
}

type Answer = (
  deps: AdminDeps,
  query: URLSearchParams,
  response: ServerResponse,
) => void | Promise<void>;

const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['/health/live', (_deps, _query, response) => sendJson(response, 200, { status: 'live' })],
  ['/health/ready', answerReady],
  ['/router/status', answerStatus],
  ['/router/table', answerTable],
  ['/router/placement', answerPlacement],
  ['/router/pool', answerPool],
  ['/router/positions', answerPositions],
  ['/metrics', answerMetrics],
]);

/** The server for operators: health, tables, positions, metrics. It changes nothing but its own table. */
export function createAdminServer(deps: AdminDeps): Server {
  return createServer((request, response) => {
    request.resume();
    if (request.method === 'POST' && request.url === '/router/refresh') {
      void answerRefresh(deps, response);
      return;
    }
    if (
      request.url === '/router/drain' &&
      (request.method === 'POST' || request.method === 'DELETE')
    ) {
      void answerDrain(deps, request.method === 'POST', response);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const error = new AppError('method-not-allowed');
      sendProblem(response, error, undefined, { allow: 'GET, HEAD' });
      return;
    }
    const [path = '', query] = (request.url as string).split('?', 2);
    const answer = ANSWERS.get(path);
    if (answer === undefined) sendProblem(response, new AppError('not-found'), undefined);
    else {
      Promise.resolve(answer(deps, new URLSearchParams(query), response)).catch(
        (error: unknown) => {
          sendProblem(response, new AppError('internal-error', { cause: error }), undefined);
        },
      );
    }
  });
}

/** Ready is a router that can route; whether the directory answers does not matter for that. */
function answerReady(deps: AdminDeps, _query: URLSearchParams, response: ServerResponse): void {
  const isLeaving = deps.isStopping() || deps.isDraining();
  if (isLeaving || !isUsable(deps.follower.current())) {
    const detail = deps.isStopping()
      ? 'the router is stopping'
      : deps.isDraining()
        ? 'the router is being drained'
        : 'there is no placement table yet';
    sendProblem(response, new AppError('unavailable', { detail, retryAfterS: 1 }), undefined);
    return;
  }
  sendJson(response, 200, { status: 'ready' });
}

/** `POST /router/drain` and `DELETE /router/drain`: not ready any more, and ready again. */
async function answerDrain(
  deps: AdminDeps,
  isDraining: boolean,
  response: ServerResponse,
): Promise<void> {
  await deps.drain(isDraining);
  sendJson(response, 200, { draining: isDraining });
}

async function answerStatus(
  deps: AdminDeps,
  _query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const table = deps.follower.current();
  const { source, readAtMs, failuresInARow, refusedCount, rejections } = deps.follower.status();
  const plane = deps.plane();
  // A HAProxy that is being restarted has nothing to tell.
  const observed = new Map(
    (await plane?.observe().catch(() => []))?.map((cell) => [cell.cell, cell] as const),
  );
  const upstreams = new Map(deps.upstreams.states().map((state) => [state.cell, state]));
  sendJson(response, 200, {
    dataPlane: { name: plane?.name ?? null, ...(await plane?.describe()) },
    draining: deps.isDraining(),
    table: {
      source,
      readAt: readAtMs === undefined ? null : new Date(readAtMs).toISOString(),
      ageMs: readAtMs === undefined ? null : Date.now() - readAtMs,
      directoryFailuresInARow: failuresInARow,
      refusedCount,
      rejections: rejections.map(({ reason, realm, detail }) => ({
        reason,
        realm: realm ?? null,
        detail,
      })),
      realms: [...table.placements.values()].map(({ realm, version }) => ({ realm, version })),
    },
    cells: [...table.cells.values()].map(({ cell, version }) => ({
      id: cell.id,
      state: cell.state,
      jurisdiction: cell.jurisdiction,
      url: cell.url,
      weight: cell.weight,
      version,
      primaryPartitions: table.primariesOf.get(cell.id)?.length ?? 0,
      circuit: upstreams.get(cell.id)?.breaker ?? 'closed',
      inFlight: (upstreams.get(cell.id)?.inFlight ?? 0) + (observed.get(cell.id)?.inFlight ?? 0),
      ...(observed.has(cell.id) && { isUp: observed.get(cell.id)?.isUp }),
    })),
  });
}

/** Reads the directory now, and tells which tables are held then. */
async function answerRefresh(deps: AdminDeps, response: ServerResponse): Promise<void> {
  await deps.follower.refresh();
  const { failuresInARow } = deps.follower.status();
  if (failuresInARow > 0) {
    const detail = 'the directory does not answer; the last good table is kept';
    sendProblem(response, new AppError('unavailable', { detail, retryAfterS: 1 }), undefined);
    return;
  }
  // Whoever asks will rely on it that no request goes by an older table any more.
  if ((await deps.plane()?.settle()) === false) {
    const detail = 'the data plane has not taken the table yet';
    sendProblem(response, new AppError('unavailable', { detail, retryAfterS: 1 }), undefined);
    return;
  }
  const tables = [...deps.follower.current().placements.values()];
  sendJson(response, 200, { realms: tables.map(({ realm, version }) => ({ realm, version })) });
}

function answerTable(deps: AdminDeps, query: URLSearchParams, response: ServerResponse): void {
  const partition = parsePartition(query.get('partition') ?? '');
  if (partition === undefined) {
    const detail = 'a partition such as eu-1f3 is expected';
    const error = new AppError('invalid-request', { field: 'partition', detail });
    sendProblem(response, error, undefined);
    return;
  }
  const placement = findPlacement(deps.follower.current(), partition);
  if (placement === undefined) {
    const detail = 'the realm of the partition is not known';
    sendProblem(response, new AppError('not-found', { field: 'partition', detail }), undefined);
    return;
  }
  const { primary, standby, epoch } = placement;
  sendJson(response, 200, { partition, primary, standby: standby ?? null, epoch });
}

/** Where new shoppers of a country go, and by which law; `host` asks for a tenant's shop. */
function answerPlacement(deps: AdminDeps, query: URLSearchParams, response: ServerResponse): void {
  const isHealthy = (cell: CellId): boolean => deps.upstreams.isHealthy(cell, Date.now());
  const wish = { country: query.get('country') ?? '', host: query.get('host') ?? undefined };
  const explained = explainPlacement(deps.follower.current(), wish, isHealthy);
  if (explained === undefined) {
    const detail = 'an ISO 3166-1 code of two capital letters is expected, such as DE';
    const error = new AppError('invalid-request', { field: 'country', detail });
    sendProblem(response, error, undefined);
    return;
  }
  sendJson(response, 200, explained);
}

/** The routers of a host, where routers share the hosts. */
function answerPool(deps: AdminDeps, query: URLSearchParams, response: ServerResponse): void {
  const { pool } = deps;
  const host = query.get('host');
  if (pool === undefined) {
    sendJson(response, 200, { pool: null });
    return;
  }
  const { name, members, handSize } = pool;
  const hand = host === null ? null : pool.handOf(plainHost(host));
  sendJson(response, 200, { pool: { name, members, handSize }, host, hand });
}

async function answerPositions(
  deps: AdminDeps,
  _query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  // What HAProxy saw in the last seconds; while it is being restarted there is nothing to add.
  await deps
    .plane()
    ?.collectPositions()
    .catch(() => undefined);
  const positions = [...deps.positions.all()].map(([partition, position]): [string, string] => [
    partition,
    formatPosition(position),
  ]);
  sendJson(response, 200, { positions: Object.fromEntries(positions) });
}

async function answerMetrics(
  deps: AdminDeps,
  _query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const { registry } = deps.metrics;
  const plane = deps.plane();
  if (plane !== undefined) {
    deps.metrics.takePlane(plane.name, await plane.observe().catch(() => []));
  }
  const text = await registry.metrics();
  response.writeHead(200, { 'content-type': registry.contentType });
  response.end(text);
}
