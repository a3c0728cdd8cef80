import { once } from 'node:events';
import { connect } from 'node:net';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';

/** Whether a server takes requests. None of these ever rejects. */

const ANSWER_MS = 2_000;

/** Sends some bytes and gives back the first answer; undefined where there is none. */
async function exchange(port: number, bytes: string): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    if (bytes === '') return '';
    socket.write(bytes);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('utf8');
  } catch {
    return undefined;
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

/** Whether somebody listens on a port of the loopback interface. */
export async function acceptsConnections(port: number): Promise<boolean> {
  return (await exchange(port, '')) !== undefined;
}

/** Whether a Redis answers there. */
export async function answersPing(port: number): Promise<boolean> {
  return (await exchange(port, 'PING\r\n'))?.startsWith('+PONG') === true;
}

/** Whether an HTTP server answers with a status that will do. */
export async function answersHttp(
  url: string,
  isRight: (status: number) => boolean,
): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    await response.body?.cancel();
    return isRight(response.status);
  } catch {
    return false;
  }
}

/** Whether a database takes statements. */
export async function answersSql(url: string): Promise<boolean> {
  const sql = openPostgres({ connectionString: url, applicationName: 'probe', connectionsMax: 1 });
  try {
    await sql.ping();
    return true;
  } catch {
    return false;
  } finally {
    await sql.close();
  }
}
