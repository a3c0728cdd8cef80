import { setTimeout as sleep } from 'node:timers/promises';
import type { WholeFleet } from '../harness/whole-fleet.ts';
import { runCellctl } from '../trial/measure.ts';

/** What was done to the fleet while shoppers bought. */
export interface Deed {
  readonly words: string;
  readonly code: number | null;
  readonly tookMs: number;
  readonly pauseP99Ms: number | undefined;
  readonly pauseMaxMs: number | undefined;
  readonly complaint: string;
}

/** Shoppers are at it by then. */
const BEGIN_AFTER_MS = 4_000;

/** Empties a cell to its standbys and brings it back; stops at the first command that fails. */
export async function evacuateAndReturn(fleet: WholeFleet, cell: string): Promise<readonly Deed[]> {
  await sleep(BEGIN_AFTER_MS);
  const deeds: Deed[] = [];
  const commands = [
    ['evacuate', 'run', cell],
    ['evacuate', 'rollback'],
    ['cells', 'undrain', cell],
  ];
  for (const words of commands) {
    const { code, plan, tookMs, complaint } = await runCellctl(fleet, words);
    deeds.push({
      words: `cellctl ${words.join(' ')}`,
      code,
      tookMs,
      pauseP99Ms: plan.pauses?.p99Ms,
      pauseMaxMs: plan.pauses?.maxMs,
      complaint: code === 0 ? '' : complaint,
    });
    if (code !== 0) break;
  }
  return deeds;
}
