import { type Connection, openConnection } from '../harness/connection.ts';

/** Latencies in ms and what was done in a window of time. */
export interface LoadResult {
  readonly count: number;
  readonly durationMs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The value below which a part of sorted samples lies; 0 where there are none. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** The middle of some figures; for an even number of them the lower one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** Sums up samples of a window. */
export function summarize(samplesMs: readonly number[], durationMs: number): LoadResult {
  const sorted = samplesMs.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    durationMs,
    perSecond: (sorted.length / durationMs) * 1000,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  };
}

/**
 * Reads pages in a closed loop: each connection sends its next request when it has its answer.
 * @param requests formatted beforehand, taken in turn
 * @throws Error at the first answer that is not 200
 */
export async function readInLoop(options: {
  readonly port: number;
  readonly requests: readonly Buffer[];
  readonly connections: number;
  readonly durationMs: number;
}): Promise<LoadResult> {
  const { port, requests, durationMs } = options;
  const connections = await Promise.all(
    Array.from({ length: options.connections }, () => openConnection(port)),
  );
  const samplesMs: number[] = [];
  const begunAt = performance.now();
  const deadline = begunAt + durationMs;
  let next = 0;
  const run = async (connection: Connection): Promise<void> => {
    for (let sentAt = begunAt; sentAt < deadline; ) {
      const request = requests[next++ % requests.length] as Buffer;
      sentAt = performance.now();
      const { status } = await connection.send(request);
      if (status !== 200) throw new Error(`a page was answered with ${status}`);
      samplesMs.push(performance.now() - sentAt);
    }
  };
  try {
    await Promise.all(connections.map(run));
  } finally {
    for (const connection of connections) connection.close();
  }
  return summarize(samplesMs, performance.now() - begunAt);
}
