import { type Connection, openConnection } from '../harness/connection.ts';
import { type LoadResult, summarize } from './driver.ts';

/**
 * Sends requests at a fixed rate, whatever the answers take. The time of a request counts from when it
 * was due and not from when a connection was free for it: a server that stalls is charged for all who
 * would have come meanwhile.
 * @param onFault called in place of throwing where a request gets no answer or one that is not 200
 */
export async function readAtRate(options: {
  readonly port: number;
  readonly requests: readonly Buffer[];
  readonly connections: number;
  readonly perSecond: number;
  readonly durationMs: number;
  readonly onFault?: (reason: string) => void;
}): Promise<LoadResult> {
  const { port, requests, perSecond, durationMs, onFault } = options;
  const idle = await Promise.all(
    Array.from({ length: options.connections }, () => openConnection(port)),
  );
  const waiting: number[] = [];
  const samplesMs: number[] = [];
  const pending = new Set<Promise<void>>();
  const begunAt = performance.now();
  let next = 0;
  let sent = 0;

  const send = async (connection: Connection, dueAt: number): Promise<void> => {
    try {
      const { status } = await connection.send(requests[next++ % requests.length] as Buffer);
      if (status !== 200) throw new Error(`answered with ${status}`);
      samplesMs.push(performance.now() - dueAt);
      free(connection);
    } catch (error) {
      if (onFault === undefined) throw error;
      onFault((error as Error).message);
      connection.close();
      const another = await openConnection(port).catch(() => undefined);
      if (another !== undefined) free(another);
    }
  };
  const begin = (connection: Connection, dueAt: number): void => {
    const task = send(connection, dueAt).finally(() => pending.delete(task));
    pending.add(task);
  };
  const free = (connection: Connection): void => {
    const dueAt = waiting.shift();
    if (dueAt === undefined) idle.push(connection);
    else begin(connection, dueAt);
  };

  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const elapsedMs = performance.now() - begunAt;
      if (elapsedMs >= durationMs) {
        resolve();
        return;
      }
      for (const target = (elapsedMs / 1000) * perSecond; sent < target; sent++) {
        const dueAt = begunAt + (sent / perSecond) * 1000;
        const connection = idle.pop();
        if (connection === undefined) waiting.push(dueAt);
        else begin(connection, dueAt);
      }
      // A busy loop would take a core from what is measured; small bursts are the same for all.
      setTimeout(tick, 1);
    };
    tick();
  });
  // What waits still is charged with the time that it has waited.
  const lastAt = performance.now();
  for (const dueAt of waiting.splice(0)) samplesMs.push(lastAt - dueAt);
  await Promise.all(pending);
  for (const connection of idle) connection.close();
  return summarize(samplesMs, performance.now() - begunAt);
}
