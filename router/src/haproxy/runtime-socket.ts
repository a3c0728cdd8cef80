import { connect } from 'node:net';

/** Speaks with a running HAProxy: reads its state and changes its maps and servers. */
export interface RuntimeSocket {
  /**
   * Sends one command and gives back what is answered. Commands are sent one after the other.
   * @throws Error where HAProxy is not there or does not answer in time
   */
  ask(command: string): Promise<string>;
}

/** HAProxy answers at once; what takes longer is a process that hangs. */
const TIMEOUT_MS = 5_000;

export function createRuntimeSocket(path: string): RuntimeSocket {
  let last: Promise<unknown> = Promise.resolve();
  return Object.freeze({
    ask(command: string): Promise<string> {
      const answer = last.then(() => send(path, command));
      last = answer.catch(() => undefined);
      return answer;
    },
  });
}

function send(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    socket.setTimeout(TIMEOUT_MS, () => {
      socket.destroy(new Error('HAProxy does not answer on its runtime socket'));
    });
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
    // Not ended from this side: HAProxy drops the answer of a client that has closed its half.
    socket.write(`${command}\n`);
  });
}
