import { connect, type Socket } from 'node:net';
import { type Partition } from '@commerce/contracts/ids';
import type { DataPlaneName } from '../data-plane.ts';
import { createPinCookies, pinValueIn } from '../pin-cookie.ts';
import type { RouterOptions } from '../start-router.ts';
import { echo, PIN_KEY, startTestFleet, type TestFleet } from '../testing-fleet.ts';

/** What the suite runs on: a fleet behind one of the data planes. */
export interface PlaneUnderTest {
  readonly name: DataPlaneName;
  start(options?: Partial<RouterOptions>): Promise<TestFleet>;
  /**
   * How often the cell that refuses a request may see it. HAProxy does not hand a refusal's text on, so
   * the Node plane asks for it before it follows.
   */
  readonly refusalsMax: number;
  /**
   * Whether what a lost cell has not answered is sent to the one that took over. HAProxy keeps no request
   * that it has sent, so it breaks off, and clients send again.
   */
  readonly sendsLostOn: boolean;
}

export function planeUnderTest(name: DataPlaneName): PlaneUnderTest {
  return {
    name,
    refusalsMax: name === 'node' ? 1 : 2,
    sendsLostOn: name === 'node',
    async start(options = {}) {
      const fleet = await startTestFleet({ dataPlane: name, ...options });
      // A suite that runs on another plane than it says would prove nothing.
      if (fleet.router.dataPlane !== name) {
        await fleet.stop();
        throw new Error(`the router runs on ${fleet.router.dataPlane}`);
      }
      return fleet;
    },
  };
}

/** Forgets what the cells have received, and has them answer as usual. */
export function reset(fleet: TestFleet): void {
  for (const cell of fleet.cells.values()) {
    cell.received.length = 0;
    cell.behave = echo;
    cell.stream = undefined;
  }
}

/** Everything that any cell has received. */
export function receivedBy(fleet: TestFleet) {
  return [...fleet.cells.values()].flatMap((cell) =>
    cell.received.map((received) => ({ cell: cell.id as string, ...received })),
  );
}

/** The `Cookie` header of a shopper of the partition. */
export function pinOf(partition: string, country?: string): string {
  const header = createPinCookies(PIN_KEY).setHeader(
    { partition: partition as Partition, country },
    { secure: false, nowMs: Date.now() },
  );
  return `cell_pin=${pinValueIn(header.split(';')[0] as string)}`;
}

/** A connection that is written by hand. */
export interface RawConnection {
  readonly socket: Socket;
  /** All that has come so far. */
  text(): string;
  /** Resolves with all that came until the other side ended. */
  readonly ended: Promise<string>;
}

export function openRaw(port: number, first: string): RawConnection {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  // A server that ends a connection with unread bytes resets it: its answer has come before.
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  socket.write(first);
  return { socket, text: () => text, ended };
}
