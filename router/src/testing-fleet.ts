import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cellLocation } from '@commerce/contracts/cell-locations';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { HEADERS } from '@commerce/contracts/headers';
import { type CellId, type Partition, type Realm, SLOTS_PER_REALM } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import { AppError, PROBLEM_CONTENT_TYPE, toProblem } from '@commerce/contracts/problems';
import { verifyRouted } from '@commerce/contracts/routed-auth';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { startLocalDynamoDb } from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { createLogger } from '@commerce/service/logger';
import { type RouterOptions, type RunningRouter, startRouter } from './start-router.ts';
import { createTrustedPeers } from './trusted-peers.ts';

/** A request as a cell received it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly partition: Partition;
  readonly epoch: number;
  /** Whether the router's proof of origin held. */
  readonly isProven: boolean;
}

export type CellBehaviour = (
  received: ReceivedRequest,
  response: ServerResponse,
  request: IncomingMessage,
) => void;

/** A server that speaks a cell's side of the protocol, and does as the test says. */
export interface TestCell {
  readonly id: CellId;
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** Called for each request, once its body has arrived; replaced at will. */
  behave: CellBehaviour;
  /** Called with the body unread where it is set, in place of `behave`. */
  stream: CellBehaviour | undefined;
  /** Called for the router's own calls; without it there is nothing at their addresses. */
  answerInternal: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Stops at once, with connections cut. */
  kill(): Promise<void>;
}

/** By it a server shows that it has understood a request for a WebSocket (RFC 6455, 1.3). */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export const ROUTED_AUTH_KEY = randomBytes(32);
export const PIN_KEY = randomBytes(32);

/** Answers with what was asked, as JSON. */
export const echo: CellBehaviour = (received, response) => {
  response.writeHead(200, { 'content-type': 'application/json', [HEADERS.cell]: 'set-by-cell' });
  response.end(JSON.stringify({ url: received.url, bodyBytes: received.body.length }));
};

/** Answers 421 with what a cell knows better. */
export function misdirect(extensions: Record<string, unknown>): CellBehaviour {
  return ({ headers }, response) => {
    const problem = toProblem(new AppError('misdirected', { extensions }));
    response.writeHead(Number(headers[HEADERS.routedRefusal] ?? 421), {
      'content-type': PROBLEM_CONTENT_TYPE,
    });
    response.end(JSON.stringify(problem));
  };
}

export async function startTestCell(id: string): Promise<TestCell> {
  const server = createServer((request, response) => {
    if (request.url === '/health/live') {
      // Asked by HAProxy; it tells nothing about shoppers.
      response.end('{}');
      return;
    }
    // The router's own calls are none of a client's requests, and such a cell tells it nothing.
    if (request.url?.startsWith('/internal/') === true) {
      if (cell.answerInternal !== undefined) cell.answerInternal(request, response);
      else response.writeHead(404).end();
      return;
    }
    const head = readRouted(id as CellId, request);
    if (cell.stream !== undefined) {
      const received = { ...head, body: Buffer.alloc(0) };
      cell.received.push(received);
      cell.stream(received, response, request);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = { ...head, body: Buffer.concat(chunks) };
      cell.received.push(received);
      cell.behave(received, response, request);
    });
  });
  // A cell that takes WebSockets, and gives back what it is sent.
  server.on('upgrade', (request, socket, first) => {
    const head = readRouted(id as CellId, request);
    cell.received.push({ ...head, body: Buffer.alloc(0) });
    socket.on('error', () => socket.destroy());
    if (request.url?.startsWith('/refused') === true) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno');
      return;
    }
    const key = String(request.headers['sec-websocket-key']);
    const accept = createHash('sha1').update(`${key}${WEBSOCKET_GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n${HEADERS.cell}: ${id}\r\n\r\n`,
    );
    socket.write(first);
    socket.pipe(socket);
  });
  const port = await listen(server);
  const cell: TestCell = {
    id: id as CellId,
    url: `http://127.0.0.1:${port}`,
    received: [],
    behave: echo,
    stream: undefined,
    answerInternal: undefined,
    kill: () => close(server),
  };
  return cell;
}

function readRouted(cell: CellId, request: IncomingMessage): Omit<ReceivedRequest, 'body'> {
  const partition = String(request.headers[HEADERS.routedPartition]) as Partition;
  const epoch = Number(request.headers[HEADERS.routedEpoch]);
  const proof = String(request.headers[HEADERS.routedAuth]);
  const nowS = Math.floor(Date.now() / 1000);
  return {
    method: request.method as string,
    url: request.url as string,
    headers: request.headers,
    partition,
    epoch,
    isProven: verifyRouted(proof, { cell, partition, epoch }, ROUTED_AUTH_KEY, nowS),
  };
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export function descriptorOf(id: string, url: string): CellDescriptor {
  const location = cellLocation(id);
  if (location === undefined) throw new Error(`no location of ${id}`);
  return { ...location, url, state: 'accepting', weight: 100 };
}

/** A table in which the realm's slots go round the cells. */
export function tableOf(
  realm: string,
  cells: readonly string[],
  { version = 1, epoch = 1 } = {},
): PlacementTable {
  const placements = Array.from({ length: SLOTS_PER_REALM }, (_, slot) => ({
    primary: cells[slot % cells.length] as CellId,
    standby: cells[(slot + 1) % cells.length] as CellId,
    epoch,
  }));
  return { realm: realm as Realm, version, placements };
}

export interface TestFleet {
  readonly cells: ReadonlyMap<string, TestCell>;
  readonly directory: Directory;
  readonly directoryEndpoint: string;
  readonly router: RunningRouter;
  readonly url: string;
  readonly adminUrl: string;
  cell(id: string): TestCell;
  /** Starts a further router on the same directory, or on the endpoint and folder given. */
  startRouter(
    options?: Partial<RouterOptions> & { readonly endpoint?: string },
  ): Promise<RunningRouter>;
  stopDirectory(): Promise<void>;
  readonly dataFolder: string;
  stop(): Promise<void>;
}

export const TEST_CELLS = ['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1'] as const;

/** Starts a directory, four test cells in two realms, and a router in front of them. */
export async function startTestFleet(options: Partial<RouterOptions> = {}): Promise<TestFleet> {
  const dynamo = await startLocalDynamoDb();
  const directory = createDynamoDirectory({ endpoint: dynamo.endpoint });
  await directory.ensureTables();
  const cells = new Map<string, TestCell>();
  for (const id of TEST_CELLS) {
    const cell = await startTestCell(id);
    cells.set(id, cell);
    await directory.putCell(descriptorOf(id, cell.url), undefined);
  }
  await directory.createPlacements(tableOf('eu', ['eu-de-1', 'eu-fr-1']));
  await directory.createPlacements(tableOf('us', ['us-east-1', 'us-west-1']));
  const dataFolder = await mkdtemp(join(tmpdir(), 'router-'));
  const routers: RunningRouter[] = [];
  const folders = [dataFolder];
  const start: TestFleet['startRouter'] = async ({ endpoint, ...more } = {}) => {
    // A router looks in its folder for what an earlier one has left there.
    const ownFolder = routers.length === 0 ? dataFolder : await mkdtemp(join(tmpdir(), 'router-'));
    folders.push(ownFolder);
    const router = await startRouter({
      host: '127.0.0.1',
      port: 0,
      adminPort: 0,
      dataFolder: ownFolder,
      directory: createDynamoDirectory({ endpoint: endpoint ?? dynamo.endpoint, attemptsMax: 1 }),
      pinKey: PIN_KEY,
      routedAuthKey: ROUTED_AUTH_KEY,
      defaultCountry: undefined,
      trustedPeers: createTrustedPeers(['127.0.0.0/8', '::1']),
      logger: createLogger('router', 'silent'),
      // Tests refresh by hand; what polls is tested on its own.
      refreshIntervalMs: 60_000,
      ...options,
      ...more,
    });
    routers.push(router);
    return router;
  };
  const router = await start();
  let isDirectoryUp = true;
  const stopDirectory = async (): Promise<void> => {
    if (isDirectoryUp) await dynamo.stop();
    isDirectoryUp = false;
  };
  return {
    cells,
    directory,
    directoryEndpoint: dynamo.endpoint,
    router,
    url: `http://127.0.0.1:${router.port}`,
    adminUrl: `http://127.0.0.1:${router.adminPort}`,
    cell: (id) => cells.get(id) as TestCell,
    startRouter: start,
    stopDirectory,
    dataFolder,
    async stop() {
      await Promise.all([...cells.values()].map((cell) => cell.kill()));
      await Promise.all(routers.map((each) => each.stop()));
      directory.close();
      await stopDirectory();
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The value of the pin cookie that an answer sets; undefined where it sets none. */
export function pinSetBy(answer: Response): string | undefined {
  for (const cookie of answer.headers.getSetCookie()) {
    const match = /^cell_pin=([^;]*)/.exec(cookie);
    if (match !== null) return match[1];
  }
  return undefined;
}

/** Waits until something holds, at most some seconds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 5_000,
): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error('it did not come to hold in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
