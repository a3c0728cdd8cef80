import { createServer } from 'node:net';
import { StartupFault } from '@commerce/service/part';

/**
 * Checks that every port is free before anything is started, so that the operator hears of it at
 * once and not from the part that happens to need it. Throws a {@link StartupFault}.
 */
export async function requireFreePorts(
  host: string,
  ports: ReadonlyMap<number, string>,
): Promise<void> {
  for (const [port, owner] of ports) {
    const code = await tryListen(host, port);
    if (code === undefined) continue;
    if (code === 'EACCES') {
      throw new StartupFault(
        `this account may not listen on port ${port} (${owner})`,
        'Choose ports from 1024 on with --port.',
      );
    }
    throw new StartupFault(
      `port ${port} (${owner}) is already in use`,
      'Stop the program that listens there, or choose other ports with --port.',
    );
  }
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EADDRINUSE'));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}
