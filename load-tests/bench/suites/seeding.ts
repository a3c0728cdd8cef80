import { signServiceCall } from '@commerce/service/auth/service-token';
import { systemClock } from '@commerce/service/clock';
import { setTimeout as delay } from 'node:timers/promises';
import { CELL } from '../../harness/fleet-process.ts';
import { runBuyers } from '../buyers.ts';
import { readMetrics } from '../cell-metrics.ts';
import { measureCpu } from '../cpu.ts';
import type { BenchContext, Suite } from '../suite.ts';

const BUYERS = 16;
/** Some thousand checkouts, so that there is something to copy. */
const FILL_MS = 30_000;
const ROWS_PER_SECOND_MIN = 20_000;
const POLL_MS = 50;
const PATIENCE_MS = 180_000;
const STANDBY = 'eu-fr-1';
const TARGET = 'eu-nl-1';

interface State {
  readonly partition: string;
  readonly copy: string | null;
  readonly role: string;
}

/** Calls a cell as the operators' command line does. */
async function call(
  context: BenchContext,
  cell: { readonly id: string; readonly port: number },
  path: string,
  body?: unknown,
): Promise<unknown> {
  const key = Buffer.from(context.fleet.secret('service.key'), 'hex');
  const authorization = signServiceCall(key, {
    caller: 'cellctl',
    audience: cell.id,
    clock: systemClock,
  });
  const answer = await fetch(`http://127.0.0.1:${cell.port}/internal/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function listStates(
  context: BenchContext,
  cell: { readonly id: string; readonly port: number },
  role: string,
): Promise<readonly State[]> {
  const answer = (await call(context, cell, `partitions?role=${role}`)) as { states: State[] };
  return answer.states;
}

/** Partitions of the first cell are copied whole to a cell that has nothing of them. */
export const seeding: Suite = {
  name: 'seeding',
  otherCells: [STANDBY, TARGET],
  async run(context: BenchContext) {
    const { fleet, variantIds } = context;
    const port = fleet.cellPort;
    await runBuyers({ port, variantIds, buyers: BUYERS, durationMs: FILL_MS });
    const target = fleet.others.find((other) => other.id === TARGET);
    if (target === undefined) throw new Error('the fleet has no cell to copy to');
    const [ours, absent] = await Promise.all([
      listStates(context, { id: CELL, port }, 'primary'),
      listStates(context, target, 'absent'),
    ]);
    const missing = new Set(absent.map((state) => state.partition));
    const partitions = ours.map((state) => state.partition).filter((name) => missing.has(name));
    const groups = {
      'source cell': fleet.pids.cell,
      'source PostgreSQL': fleet.pids.postgres,
      'target cell': target.pids.cell,
      'target PostgreSQL': target.pids.postgres,
    };
    const startedAtMs = performance.now();
    const { cpuMs } = await measureCpu(groups, async () => {
      await call(context, target, 'partitions/seed', {
        plan: 'evac_bench',
        from: CELL,
        partitions,
      });
      const wanted = new Set(partitions);
      for (;;) {
        const states = await listStates(context, target, 'standby');
        const open = states.filter(
          (state) => wanted.has(state.partition) && state.copy !== 'following',
        );
        if (open.length === 0) return;
        if (performance.now() - startedAtMs > PATIENCE_MS) throw new Error('seeding does not end');
        await delay(POLL_MS);
      }
    });
    const seconds = (performance.now() - startedAtMs) / 1000;
    const rows = (await readMetrics(target.port)).sum('standby_seeded_rows');
    const perSecond = rows / seconds;
    return {
      title: 'Seeding',
      measurements: [
        {
          name: 'rows copied whole',
          perSecond,
          cpuMs: Object.fromEntries(
            Object.entries(cpuMs).map(([name, timeMs]) => [name, timeMs / rows]),
          ),
          goal: { text: `≥ ${ROWS_PER_SECOND_MIN}/s`, isMet: perSecond >= ROWS_PER_SECOND_MIN },
        },
      ],
      notes: [
        `${rows} rows of ${partitions.length} partitions in ${seconds.toFixed(1)} s, two snapshots of 32 partitions at a time, indexes and log included; source and target share the two cores.`,
      ],
    };
  },
};
