import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { acknowledgementsOf } from '../books/journal.ts';
import type { Shoppers } from '../harness/shoppers.ts';
import type { OwnFleet } from '../harness/whole-fleet.ts';

/** What one run of `cellctl` did, as it tells and as the shoppers saw it. */
export interface Move {
  readonly name: string;
  readonly code: number | null;
  readonly tookMs: number;
  readonly partitions: number;
  /** Time without writes of each partition, as the runner measured it. */
  readonly pauseP99Ms: number | undefined;
  readonly pauseMaxMs: number | undefined;
  readonly phasesMs: Readonly<Record<string, number>>;
  /** Orders that were acknowledged while it ran. */
  readonly orders: number;
  readonly failedRequests: number;
  readonly slowestRequestMs: number;
  readonly complaint: string;
}

interface PrintedPlan {
  readonly counts?: { readonly moved: number };
  readonly pauses?: { readonly p99Ms: number; readonly maxMs: number } | null;
  readonly phasesMs?: Readonly<Record<string, number>>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CELLCTL = path.join(ROOT, 'global-control-plane/src/cellctl/main.ts');

function parse(text: string): { readonly plan?: PrintedPlan } {
  try {
    return JSON.parse(text) as { plan?: PrintedPlan };
  } catch {
    return {};
  }
}

/** Runs a command of `cellctl` as a process of its own. */
export async function runCellctl(
  fleet: Pick<OwnFleet, 'dataDir'>,
  words: readonly string[],
): Promise<{ code: number | null; plan: PrintedPlan; complaint: string; tookMs: number }> {
  const startedAt = performance.now();
  const config = path.join(fleet.dataDir, 'cellctl.json');
  const flags = ['--config', config, '--json', '--yes', '--operator', 'trial'];
  const child = spawn(process.execPath, [CELLCTL, ...flags, ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const tookMs = performance.now() - startedAt;
  return { code, plan: parse(printed).plan ?? {}, complaint: complaint.trim(), tookMs };
}

/** Runs a command while shoppers buy, and tells what both sides saw. */
export async function measureMove(
  fleet: Pick<OwnFleet, 'dataDir'>,
  shoppers: Shoppers,
  name: string,
  words: readonly string[],
): Promise<Move> {
  const before = {
    orders: acknowledgementsOf(shoppers.journal).length,
    failed: shoppers.journal.filter(({ kind }) => kind === 'failed').length,
    requests: shoppers.requests.length,
  };
  const { code, plan, complaint, tookMs } = await runCellctl(fleet, words);
  const requests = shoppers.requests.slice(before.requests);
  return {
    name,
    code,
    tookMs,
    partitions: plan.counts?.moved ?? 0,
    pauseP99Ms: plan.pauses?.p99Ms,
    pauseMaxMs: plan.pauses?.maxMs,
    phasesMs: plan.phasesMs ?? {},
    orders: acknowledgementsOf(shoppers.journal).length - before.orders,
    failedRequests: shoppers.journal.filter(({ kind }) => kind === 'failed').length - before.failed,
    slowestRequestMs: requests.reduce((most, { tookMs: took }) => Math.max(most, took), 0),
    complaint,
  };
}
