import { setTimeout as sleep } from 'node:timers/promises';
import { StartupFault } from '@commerce/service/part';
import type { FleetPlan, ServicePlan } from './plan.ts';

const POLL_MS = 100;
const REQUEST_TIMEOUT_MS = 5_000;
/** The time without any progress after which a cell is taken to be stuck. */
const STALL_TIMEOUT_MS = 90_000;

/**
 * Waits until each cell serves and has the whole catalogue of the control plane, telling how far
 * they are. Throws a {@link StartupFault} when a cell makes no progress any more.
 */
export async function waitForCells(
  plan: FleetPlan,
  progress: (text: string) => void,
  cancel: AbortSignal,
): Promise<void> {
  const head = await readHead(plan.controlPlane);
  const applied = new Map(plan.cells.map((cell) => [cell.name, 0]));
  await Promise.all(
    plan.cells.map(async (cell) => {
      let lastMovedAt = Date.now();
      for (;;) {
        const seq = await readAppliedSeq(cell);
        if (seq !== undefined && seq >= head && (await isReady(cell))) return;
        if (cancel.aborted) return;
        if (seq !== undefined && seq !== applied.get(cell.name)) {
          applied.set(cell.name, seq);
          lastMovedAt = Date.now();
          progress(`Catalogue in the cells: ${describeProgress([...applied.values()], head)}`);
        }
        if (Date.now() - lastMovedAt > STALL_TIMEOUT_MS) {
          throw new StartupFault(
            `${cell.name} does not become ready (catalogue ${seq ?? 0} of ${head})`,
            'See its log in the data folder.',
          );
        }
        await sleep(POLL_MS);
      }
    }),
  );
}

function describeProgress(applied: readonly number[], head: number): string {
  if (head === 0) return 'nothing to copy';
  const done = applied.reduce((sum, seq) => sum + Math.min(seq, head), 0);
  return `${Math.floor((100 * done) / (head * applied.length))} %`;
}

async function readHead(controlPlane: ServicePlan): Promise<number> {
  const body = await readJson(`${controlPlane.url}/v1/catalog/head`);
  return numberAt(body, 'seq') ?? 0;
}

async function readAppliedSeq(cell: ServicePlan): Promise<number | undefined> {
  const body = await readJson(`${cell.url}/v1/replication`);
  const { catalog } = (body ?? {}) as { readonly catalog?: unknown };
  return numberAt(catalog, 'appliedSeq');
}

async function isReady(cell: ServicePlan): Promise<boolean> {
  return (await readJson(`${cell.url}/health/ready`)) !== undefined;
}

/** The JSON of a 200 answer; undefined for any other, since the parts are still coming up. */
async function readJson(url: string): Promise<unknown> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}

function numberAt(body: unknown, name: string): number | undefined {
  const value = (body as Record<string, unknown> | undefined | null)?.[name];
  return typeof value === 'number' ? value : undefined;
}
