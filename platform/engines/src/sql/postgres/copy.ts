import { once } from 'node:events';
import pg from 'pg';
import type { CopyPiece } from '../sql.ts';

/**
 * COPY in its text form over a connection in pipeline mode. Nothing else may be sent over the connection
 * until it is over: the server takes whatever comes for rows.
 */

/** Rows travel in pieces of this size: one by one, each would cost a call in both processes. */
const PIECE_BYTES = 131_072;
/** What a slow reader has not taken yet; past it the server is made to wait. */
const HELD_BYTES_MAX = 1_048_576;

/** What the driver's types leave out. */
interface CopyConnection extends pg.Connection {
  sendCopyFromChunk(rows: Buffer): void;
  sendCopyFail(reason: string): void;
  endCopyFrom(): void;
}

interface CopyData {
  readonly chunk: Buffer;
}

class CopyOutQuery extends pg.Query {
  readonly onRow: (row: Buffer) => void;

  constructor(text: string, onRow: (row: Buffer) => void, ended: (error?: Error) => void) {
    super({ text }, ended);
    this.onRow = onRow;
  }

  handleCopyData({ chunk }: CopyData): void {
    this.onRow(chunk);
  }
}

class CopyInQuery extends pg.Query {
  readonly onReady: () => void;

  constructor(text: string, onReady: () => void, ended: (error?: Error) => void) {
    super({ text }, ended);
    this.onReady = onReady;
  }

  handleCopyInResponse(): void {
    this.onReady();
  }
}

/** Puts rows into pieces. They are copied: the driver reads the next ones into the same memory. */
function createPacker(onPiece: (piece: CopyPiece) => void) {
  let memory = Buffer.allocUnsafe(PIECE_BYTES);
  let used = 0;
  let rows = 0;
  const flush = (): void => {
    if (rows === 0) return;
    onPiece({ bytes: memory.subarray(0, used), rows });
    memory = Buffer.allocUnsafe(PIECE_BYTES);
    used = 0;
    rows = 0;
  };
  return {
    flush,
    add(row: Buffer): void {
      if (used + row.length > memory.length) flush();
      if (row.length > memory.length) memory = Buffer.allocUnsafe(row.length);
      used += row.copy(memory, used);
      rows += 1;
    },
  };
}

/** Reads what a COPY … TO STDOUT gives. @throws what the server says */
export async function* copyOut(client: pg.PoolClient, text: string): AsyncGenerator<CopyPiece> {
  const { stream } = client.connection;
  const pieces: CopyPiece[] = [];
  let heldBytes = 0;
  let end: { readonly error: Error | undefined } | undefined;
  let isLeft = false;
  let wake = (): void => undefined;
  const packer = createPacker((piece) => {
    pieces.push(piece);
    heldBytes += piece.bytes.length;
    if (heldBytes > HELD_BYTES_MAX) stream.pause();
    wake();
  });
  const ended = (error?: Error | null): void => {
    if (!isLeft) packer.flush();
    end = { error: error ?? undefined };
    wake();
  };
  const onRow = (row: Buffer): void => {
    // A reader that has left must not keep what it does not read.
    if (!isLeft) packer.add(row);
  };
  client.query(new CopyOutQuery(text, onRow, ended));
  try {
    for (;;) {
      const piece = pieces.shift();
      if (piece !== undefined) {
        heldBytes -= piece.bytes.length;
        if (heldBytes <= HELD_BYTES_MAX) stream.resume();
        yield piece;
      } else if (end !== undefined) {
        if (end.error !== undefined) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    isLeft = true;
    stream.resume();
  }
}

/**
 * Gives rows to a COPY … FROM STDIN. Where they break off nothing of them stays.
 * @throws what the server says, or whatever the rows throw
 */
export async function copyIn(
  client: pg.PoolClient,
  text: string,
  rows: AsyncIterable<Buffer>,
): Promise<void> {
  const connection = client.connection as CopyConnection;
  const ready = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  let isOver = false;
  const ended = (error?: Error | null): void => {
    isOver = true;
    if (error) done.reject(error);
    else done.resolve();
    ready.resolve();
  };
  // Told where it is awaited, which is after the rows.
  done.promise.catch(() => undefined);
  client.query(new CopyInQuery(text, ready.resolve, ended));
  await ready.promise;
  try {
    for await (const piece of rows) {
      if (isOver) break;
      connection.sendCopyFromChunk(piece);
      if (connection.stream.writableNeedDrain) {
        await Promise.race([once(connection.stream, 'drain'), done.promise]);
      }
    }
  } catch (error) {
    if (!isOver) connection.sendCopyFail('the rows broke off');
    await done.promise.catch(() => undefined);
    throw error;
  }
  if (!isOver) connection.endCopyFrom();
  await done.promise;
}
