import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** How far an evacuation is, as the cells' own databases show it. */
export interface MoveState {
  /** Partitions of the source by role. */
  readonly source: Readonly<Record<string, number>>;
  readonly target: Readonly<Record<string, number>>;
}

/** Moments of an evacuation at which something may be broken, the earliest first. */
export const PHASES = {
  begun: 'the plan was made',
  fenced: 'the source has fenced partitions, and nobody may write them',
  halfway: 'half of the partitions have moved',
  late: 'nine of ten partitions have moved',
} as const;
export type Phase = keyof typeof PHASES;

const COUNT = 'SELECT role, count(*)::int4 AS partitions FROM partitions GROUP BY role';
const PRIMARIES = `SELECT partition FROM partitions WHERE role = 'primary' ORDER BY partition`;
const POLL_MS = 5;
/** A machine that does other things as well takes minutes for what takes seconds. */
const TIMEOUT_MS = 240_000;

/** Looks at the roles in two cells, over connections that are kept open. */
export interface MoveWatcher {
  look(): Promise<MoveState>;
  /** @throws Error where the phase does not come in time */
  waitFor(phase: Phase, before: MoveState, total: number): Promise<void>;
  /** Partitions that the source is primary of, in order. */
  listPrimaries(): Promise<readonly string[]>;
  close(): Promise<void>;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function countRoles(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query<{ role: string; partitions: number }>(COUNT);
  return Object.fromEntries(rows.map(({ role, partitions }) => [role, partitions]));
}

function isReached(phase: Phase, before: MoveState, now: MoveState, total: number): boolean {
  const moved = (now.target['primary'] ?? 0) - (before.target['primary'] ?? 0);
  switch (phase) {
    case 'begun':
      return true;
    case 'fenced':
      return (now.source['fenced'] ?? 0) > 0;
    case 'halfway':
      return moved >= total / 2;
    case 'late':
      return moved >= total * 0.9;
  }
}

export async function watchMove(sourceUrl: string, targetUrl: string): Promise<MoveWatcher> {
  const [source, target] = await Promise.all([connect(sourceUrl), connect(targetUrl)]);
  const look = async (): Promise<MoveState> => {
    const [ofSource, ofTarget] = await Promise.all([countRoles(source), countRoles(target)]);
    return { source: ofSource, target: ofTarget };
  };
  return {
    look,
    async waitFor(phase, before, total) {
      const deadline = Date.now() + TIMEOUT_MS;
      while (!isReached(phase, before, await look(), total)) {
        if (Date.now() > deadline) throw new Error(`the evacuation never came to "${phase}"`);
        await sleep(POLL_MS);
      }
    },
    async listPrimaries() {
      const { rows } = await source.query<{ partition: string }>(PRIMARIES);
      return rows.map(({ partition }) => partition);
    },
    close: async () => {
      await Promise.all([source.end(), target.end()]);
    },
  };
}
