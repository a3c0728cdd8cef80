import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

// dynalite is CommonJS and has no types.
const dynalite = createRequire(import.meta.url)('dynalite') as (options: {
  readonly path?: string;
  readonly createTableMs?: number;
}) => Server;

export interface LocalDynamoDb {
  /** Base URL, to be given to the directory as its endpoint. */
  readonly endpoint: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts an embedded DynamoDB on 127.0.0.1, for tests and for whoever needs a directory within their
 * own process. Without a path it holds its data in memory. Port 0 takes a free one.
 */
export async function startLocalDynamoDb(
  options: { readonly port?: number; readonly path?: string } = {},
): Promise<LocalDynamoDb> {
  const server = dynalite({
    createTableMs: 0,
    ...(options.path !== undefined && { path: options.path }),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return Object.freeze({
    endpoint: `http://127.0.0.1:${port}`,
    port,
    stop: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) =>
          error === undefined || error === null ? resolve() : reject(error),
        );
        server.closeAllConnections();
      }),
  });
}
