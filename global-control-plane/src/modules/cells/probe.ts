import { request } from 'undici';

/** What one look at a cell found. */
export type CellProbe =
  | { readonly reachable: false }
  | {
      readonly reachable: true;
      readonly ready: boolean;
      /** Undefined where the cell did not say. */
      readonly catalogAppliedSeq: number | undefined;
    };

const TIMEOUT_MS = 2_000;
/** More than this is no answer of a cell, and is not read into memory. */
const ANSWER_BYTES_MAX = 65_536;

async function readJson(url: string): Promise<{ status: number; body: unknown }> {
  const answer = await request(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const length = Number(answer.headers['content-length'] ?? 0);
  if (length > ANSWER_BYTES_MAX) {
    answer.body.destroy();
    return { status: answer.statusCode, body: undefined };
  }
  const text = await answer.body.text();
  try {
    return { status: answer.statusCode, body: JSON.parse(text) };
  } catch {
    return { status: answer.statusCode, body: undefined };
  }
}

/** Looks at a cell: does it answer, is it ready, and how far is its catalogue. Never throws. */
export async function probeCell(url: string): Promise<CellProbe> {
  try {
    const health = await readJson(`${url}/health/ready`);
    const replication = await readJson(`${url}/v1/replication`).catch(() => undefined);
    const catalog = (replication?.body as { catalog?: { appliedSeq?: unknown } } | undefined)
      ?.catalog;
    const applied = catalog?.appliedSeq;
    return {
      reachable: true,
      ready: health.status === 200,
      catalogAppliedSeq: typeof applied === 'number' ? applied : undefined,
    };
  } catch {
    return { reachable: false };
  }
}
