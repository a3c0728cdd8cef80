import { connect, type Socket } from 'node:net';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Status line and headers, without the empty line at the end. */
  readonly head: string;
  readonly body: Buffer;
}

/**
 * A kept-alive HTTP/1.1 connection for one request at a time. It does as little as a driver can do:
 * on a machine with few cores, whatever the driver burns is missing from what it measures.
 */
export interface Connection {
  /**
   * Sends a request that was formatted beforehand, and waits for the whole answer.
   * @throws Error where the connection ends or the answer is not of a known length
   */
  send(request: string | Buffer): Promise<RawAnswer>;
  close(): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const EMPTY = Buffer.alloc(0);

interface Waiting {
  readonly resolve: (answer: RawAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Splits the first whole answer off; undefined while more bytes are needed. */
function takeAnswer(bytes: Buffer): RawAnswer | undefined {
  const headLength = bytes.indexOf(HEAD_END);
  if (headLength < 0) return undefined;
  const head = bytes.toString('latin1', 0, headLength);
  const status = Number(head.slice(9, 12));
  const bodyStart = headLength + HEAD_END.length;
  const length = lengthOf(head, status);
  if (bytes.length < bodyStart + length) return undefined;
  if (bytes.length > bodyStart + length) throw new Error('bytes after the end of an answer');
  return { status, head, body: bytes.subarray(bodyStart) };
}

function lengthOf(head: string, status: number): number {
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (match !== null) return Number(match[1]);
  if (status === 204 || status === 304) return 0;
  throw new Error(`an answer without a content-length: ${head.split('\r\n', 1)[0]}`);
}

/** Opens a connection to a port of this machine. */
export async function openConnection(port: number): Promise<Connection> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let received: Buffer = EMPTY;
  let waiting: Waiting | undefined;

  const fail = (error: Error): void => {
    const { reject } = waiting ?? {};
    waiting = undefined;
    reject?.(error);
  };
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    try {
      const answer = takeAnswer(received);
      if (answer === undefined || waiting === undefined) return;
      received = EMPTY;
      const { resolve } = waiting;
      waiting = undefined;
      resolve(answer);
    } catch (error) {
      fail(error as Error);
      socket.destroy();
    }
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));

  return Object.freeze({
    send: (request: string | Buffer) =>
      new Promise<RawAnswer>((resolve, reject) => {
        if (socket.destroyed) {
          reject(new Error('the connection is closed'));
          return;
        }
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  });
}

/**
 * Formats a request.
 * @param headers by lower-case name
 * @param body sent as JSON
 */
export function formatRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): string {
  let text = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n`;
  for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`;
  if (body === undefined) return `${text}\r\n`;
  const json = JSON.stringify(body);
  return `${text}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
}
