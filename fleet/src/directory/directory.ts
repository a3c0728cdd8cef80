import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

export interface DirectoryServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Folder of the tables. One process at a time. */
  readonly dataDir: string;
}

export interface DirectoryServer {
  /** DynamoDB endpoint. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Longer than any answer takes; a stop does not wait for clients that keep their connection. */
const STOP_GRACE_MS = 1_000;

/** Starts the embedded directory: DynamoDB's protocol over a LevelDB store on the disk. */
export async function startDirectory(options: DirectoryServerOptions): Promise<DirectoryServer> {
  await mkdir(options.dataDir, { recursive: true });
  const server = dynalite({
    path: options.dataDir,
    // Tables are usable at once instead of after DynamoDB's usual wait.
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port } = server.address() as AddressInfo;
  return Object.freeze({
    url: `http://${address}:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  });
}
