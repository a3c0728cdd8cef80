import { setTimeout as delay } from 'node:timers/promises';

/** What a cell tells of itself at `/metrics`. */
export interface CellMetrics {
  /** Sum of a figure over its labels; 0 where the cell does not tell it. */
  sum(name: string): number;
  /** The greatest of a figure's values; undefined where the cell does not tell it. */
  greatest(name: string): number | undefined;
}

/** Reads the metrics of the cell that listens on a port of this machine. */
export async function readMetrics(port: number): Promise<CellMetrics> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const lines = (await answer.text()).split('\n');
  const valuesOf = (name: string): number[] =>
    lines
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return {
    sum: (name) => valuesOf(name).reduce((sum, value) => sum + value, 0),
    greatest(name) {
      const values = valuesOf(name);
      return values.length === 0 ? undefined : Math.max(...values);
    },
  };
}

const POLL_MS = 100;
const PATIENCE_MS = 120_000;

/** @throws Error where the condition is not met in two minutes */
export async function waitForMetrics(
  port: number,
  what: string,
  isMet: (metrics: CellMetrics) => boolean,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isMet(await readMetrics(port))) {
    if (performance.now() > deadline) throw new Error(`the cell is not ${what} after two minutes`);
    await delay(POLL_MS);
  }
}
