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

async function readJson(
  url: string,
  timeoutMs = TIMEOUT_MS,
): Promise<{ status: number; body: unknown }> {
  const answer = await request(url, { signal: AbortSignal.timeout(timeoutMs) });
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

/** How far a cell's copy of the catalogue is, by its own word. */
export interface CatalogProgress {
  readonly appliedSeq: number;
  readonly lagMs: number;
}

/** A person waits for the answer, so a cell that is slow counts as one that does not answer. */
const PROGRESS_TIMEOUT_MS = 1_000;

/** Asks a cell how far its catalogue is. Never throws: undefined where it does not say. */
export async function readCatalogProgress(url: string): Promise<CatalogProgress | undefined> {
  try {
    const { status, body } = await readJson(`${url}/v1/replication`, PROGRESS_TIMEOUT_MS);
    const { appliedSeq, lagMs } =
      (body as { catalog?: { appliedSeq?: unknown; lagMs?: unknown } } | undefined)?.catalog ?? {};
    if (status !== 200 || typeof appliedSeq !== 'number') return undefined;
    return { appliedSeq, lagMs: typeof lagMs === 'number' ? lagMs : 0 };
  } catch {
    return undefined;
  }
}
