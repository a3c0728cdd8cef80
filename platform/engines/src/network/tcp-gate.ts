import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * A stretch of network between a client and its server, which a test can cut, mend, make long, and
 * make deaf in the direction of the client.
 */
export interface TcpGate {
  readonly port: number;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Listens again, on the same port. */
  mend(): Promise<void>;
  /** Keeps what the server answers back until `passAnswers`; requests still arrive. */
  holdAnswers(): void;
  passAnswers(): void;
  /** From now on whatever passes takes this long, in each direction. */
  delay(ms: number): void;
  close(): Promise<void>;
}

/** Opens a gate on 127.0.0.1 before a server that listens there on `targetPort`. */
export async function openTcpGate(targetPort: number): Promise<TcpGate> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>();
  let holding = false;
  let delayMs = 0;
  const pass = (to: Socket, bytes: Buffer): void => {
    if (delayMs === 0) to.write(bytes);
    // Timers of the same length end in the order in which they were set.
    else setTimeout(() => to.writable && to.write(bytes), delayMs);
  };

  const gate = createServer((client) => {
    const server = connect({ host: '127.0.0.1', port: targetPort });
    const pair = [client, server] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [server, client] as const]) {
      // Small answers must not wait for an acknowledgement of those before.
      from.setNoDelay(true);
      from.on('data', (bytes) => pass(to, bytes));
      from.on('end', () => to.end());
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      // A reset is what a cut looks like from here; the client under test is the one to notice.
      from.on('error', () => undefined);
    }
    if (holding) server.pause();
  });

  const listen = async (port: number): Promise<void> => {
    gate.listen(port, '127.0.0.1');
    await once(gate, 'listening');
  };
  const cut = async (): Promise<void> => {
    if (!gate.listening) return;
    const closed = once(gate, 'close');
    gate.close();
    for (const sockets of pairs) for (const socket of sockets) socket.destroy();
    await closed;
  };

  await listen(0);
  const { port } = gate.address() as AddressInfo;
  return {
    port,
    cut,
    mend: () => listen(port),
    holdAnswers() {
      holding = true;
      for (const [, server] of pairs) server.pause();
    },
    passAnswers() {
      holding = false;
      for (const [, server] of pairs) server.resume();
    },
    delay(ms) {
      delayMs = ms;
    },
    close: cut,
  };
}
