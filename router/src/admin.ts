import { createServer, type Server, type ServerResponse } from 'node:http';
import { parsePartition } from '@commerce/contracts/ids';
import { formatPosition } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
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
}

type Answer = (deps: AdminDeps, query: URLSearchParams, response: ServerResponse) => void;

const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['/health/live', (_deps, _query, response) => sendJson(response, 200, { status: 'live' })],
  ['/health/ready', answerReady],
  ['/router/status', answerStatus],
  ['/router/table', answerTable],
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
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const error = new AppError('method-not-allowed');
      sendProblem(response, error, undefined, { allow: 'GET, HEAD' });
      return;
    }
    const [path = '', query] = (request.url as string).split('?', 2);
    const answer = ANSWERS.get(path);
    if (answer === undefined) sendProblem(response, new AppError('not-found'), undefined);
    else answer(deps, new URLSearchParams(query), response);
  });
}

/** Ready is a router that can route; whether the directory answers does not matter for that. */
function answerReady(deps: AdminDeps, _query: URLSearchParams, response: ServerResponse): void {
  if (deps.isStopping() || !isUsable(deps.follower.current())) {
    const detail = deps.isStopping() ? 'the router is stopping' : 'there is no placement table yet';
    sendProblem(response, new AppError('unavailable', { detail, retryAfterS: 1 }), undefined);
    return;
  }
  sendJson(response, 200, { status: 'ready' });
}

function answerStatus(deps: AdminDeps, _query: URLSearchParams, response: ServerResponse): void {
  const table = deps.follower.current();
  const { source, readAtMs, failuresInARow, refusedCount } = deps.follower.status();
  const upstreams = new Map(deps.upstreams.states().map((state) => [state.cell, state]));
  sendJson(response, 200, {
    table: {
      source,
      readAt: readAtMs === undefined ? null : new Date(readAtMs).toISOString(),
      ageMs: readAtMs === undefined ? null : Date.now() - readAtMs,
      directoryFailuresInARow: failuresInARow,
      refusedCount,
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
      inFlight: upstreams.get(cell.id)?.inFlight ?? 0,
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

function answerPositions(deps: AdminDeps, _query: URLSearchParams, response: ServerResponse): void {
  const positions = [...deps.positions.all()].map(([partition, position]): [string, string] => [
    partition,
    formatPosition(position),
  ]);
  sendJson(response, 200, { positions: Object.fromEntries(positions) });
}

function answerMetrics(deps: AdminDeps, _query: URLSearchParams, response: ServerResponse): void {
  const { registry } = deps.metrics;
  registry.metrics().then(
    (text) => {
      response.writeHead(200, { 'content-type': registry.contentType });
      response.end(text);
    },
    (error: unknown) => {
      sendProblem(response, new AppError('internal-error', { cause: error }), undefined);
    },
  );
}
