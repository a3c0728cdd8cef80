import type { Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { endWebSockets } from './tunnel.ts';

/** Requests under way have this long to end when a server is closed. */
const STOP_GRACE_MS = 5_000;

/** @returns the port */
export function listen(server: NetServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Listens on a Unix socket. */
export function listenOnSocket(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes no more connections, waits for requests under way, and ends the rest after a while. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    endWebSockets(server);
    server.closeIdleConnections();
  });
}
