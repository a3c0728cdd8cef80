import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What operators' tools may ask of the fleet on this machine; the parts themselves can't reach it. */
export interface FleetControls {
  /** Every part and database, with its process. */
  listParts(): Promise<readonly { readonly name: string; readonly pid: number | null }[]>;
  /** Ends a part at once, as a crash does, and keeps it down. @returns false where none has the name */
  kill(name: string): Promise<boolean>;
  /** Ends a part or a database in order, and keeps it down. @returns false where none has the name */
  stop(name: string): Promise<boolean>;
  /** Starts a part or a database again that was kept down. @returns false where none has the name */
  startAgain(name: string): Promise<boolean>;
  /** Starts a cell that the fleet does not run yet. @returns its address; undefined: no such place */
  addCell(id: string): Promise<string | undefined>;
}

/**
 * A page in the operator's browser can send simple requests to any local port; none of them can carry
 * this header without being asked for first, which nothing here allows.
 */
const GUARD = 'x-fleet-control';

/** The fleet's own endpoint: for drills, and for cells that are added while it runs. */
export function createControlServer(controls: FleetControls): Server {
  return createServer((request, response) => {
    request.resume();
    answer(controls, request).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, 500, { detail: (error as Error).message }),
    );
  });
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const ABSENT: Answer = { status: 404, body: { detail: 'no part has this name' } };

async function answer(controls: FleetControls, request: IncomingMessage): Promise<Answer> {
  if (request.headers[GUARD] === undefined) {
    return { status: 403, body: { detail: `the header ${GUARD} is missing` } };
  }
  const [, noun = '', rawName = '', verb = ''] = (request.url ?? '').split('/');
  const name = decodeURIComponent(rawName);
  if (request.method === 'GET' && noun === 'parts' && name === '') {
    return { status: 200, body: { parts: await controls.listParts() } };
  }
  if (request.method !== 'POST') return ABSENT;
  if (noun === 'cells' && verb === '') {
    const url = await controls.addCell(name);
    if (url !== undefined) return { status: 200, body: { url } };
    return { status: 404, body: { detail: `no place is known for a cell ${name}` } };
  }
  if (noun !== 'parts') return ABSENT;
  if (verb === 'kill') return done(await controls.kill(name));
  if (verb === 'stop') return done(await controls.stop(name));
  if (verb === 'start') return done(await controls.startAgain(name));
  return ABSENT;
}

function done(found: boolean): Answer {
  return found ? { status: 200, body: {} } : ABSENT;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
