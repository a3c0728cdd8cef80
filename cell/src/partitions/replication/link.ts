import type { CellId, Partition } from '@commerce/contracts/ids';
import { PULL_REFUSALS, type PullRefusal } from '@commerce/contracts/partition-control';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import type { Applier, ApplyOutcome } from '../copies/apply.ts';
import { type Copy, type CopyState, listCopies, setCopyState } from '../copies/copy-store.ts';
import { SchemaTooNewError } from '../copies/row-images.ts';
import { ForeignCopyError, formatLeftOut, type Seeder } from '../copies/seed.ts';
import { runSession, type StoppedFollowing } from './follower.ts';
import type { CellClient } from './cell-client.ts';
import { createSignal } from './signal.ts';

/** Everything that this cell follows at one other cell: a session for the log, and copies to seed. */

export interface LinkDeps {
  readonly sql: Sql;
  readonly cells: CellClient;
  readonly applier: Applier;
  readonly seeder: Seeder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly waitMs?: number;
}

export interface Lag {
  /** Versions that the primary is known to be ahead; null before it was first heard of. */
  readonly versions: bigint | null;
  readonly ms: number | null;
}

export interface Link {
  readonly source: CellId;
  /** Looks at the copies again: which are followed, and which are to be seeded. */
  reconcile(copies: readonly Copy[]): void;
  lagOf(copy: Pick<Copy, 'partition' | 'version'>): Lag;
  /** The sum of versions that are known to be missing, and the age of the oldest. */
  totalLag(): { readonly versions: bigint; readonly ms: number };
  /** Rows that were copied whole since this process began. */
  seededRows(): number;
  stop(): Promise<void>;
}

/** Partitions of one snapshot. */
const SEED_BATCH = 32;
/** Snapshots at the same time: one is written here while another is read there. */
const SEEDS_MAX = 2;
const BACK_OFF_MS_MAX = 5_000;
/** Some twenty seconds of trying. */
const FAILURES_TOLD = 10;
/** A cell that is named as primary and is not yet one, or not any more, is asked again after this. */
const RETRY_MS = 1_000;
/** A link that hears nothing for this long beyond its wait is broken. */
const SILENCE_MS = 35_000;

const backOffMs = (failures: number): number =>
  Math.min(BACK_OFF_MS_MAX, 100 * 2 ** failures) * (0.5 + Math.random() / 2);

/** How a copy stands after it could not go on; undefined where it is to be tried again as it is. */
function stateAfter({
  reason,
  problem,
}: StoppedFollowing): readonly [CopyState, string] | undefined {
  switch (reason) {
    case 'log-trimmed':
      return ['seeding', 'log-trimmed'];
    case 'diverged':
    case 'ahead':
      return ['diverged', `${reason}: ${problem ?? PULL_REFUSALS[reason as PullRefusal]}`];
    case 'refused':
      return ['refused', problem ?? reason];
    case 'not-primary':
    case 'gone':
    case 'gap':
      return undefined;
  }
}

export function createLink(source: CellId, deps: LinkDeps): Link {
  const { sql, cells, applier, seeder, clock, log } = deps;
  const stopping = new AbortController();
  const changed = createSignal();
  const seedsWanted = createSignal();
  /** The session under way; aborted where what it follows has changed. */
  let session = new AbortController();
  let followed: ReadonlySet<Partition> = new Set();
  const startedAtMs = clock.nowMs();
  let heardAtMs: number | undefined;
  let isConnected = false;
  let seededRows = 0;
  /** Heads that are ahead of the copies, and since when. */
  const behind = new Map<Partition, { head: bigint; applied: bigint; readonly sinceMs: number }>();
  const leftOut = new Map<Partition, string>();

  const restart = (): void => {
    session.abort();
    changed.notify();
  };

  const onStopped = async (stopped: readonly StoppedFollowing[]): Promise<void> => {
    for (const entry of stopped) {
      const state = stateAfter(entry);
      if (state !== undefined) await setCopyState(sql, [entry.partition], ...state, clock.now());
    }
    for (const [state, group] of Map.groupBy(stopped, ({ reason }) => reason)) {
      const [first] = group;
      const news = { cell: source, state, count: group.length, partition: first?.partition };
      // A cell that has just started does not give its log yet.
      if (state === 'not-primary') log.debug(news, 'copies wait for their primary');
      else log.warn(news, 'copies stopped');
    }
    if (stopped.some((entry) => entry.reason === 'log-trimmed')) seedsWanted.notify();
    if (stopped.every((entry) => entry.reason === 'not-primary')) {
      setTimeout(restart, RETRY_MS).unref();
    } else restart();
  };

  const onApplied = (outcome: ApplyOutcome): void => {
    for (const { partition, version } of outcome.reached) {
      const entry = behind.get(partition);
      if (entry === undefined) continue;
      if (entry.head <= version) behind.delete(partition);
      else entry.applied = version;
    }
    for (const [partition, columns] of outcome.leftOut) {
      const text = formatLeftOut(columns) ?? '';
      if (leftOut.get(partition) === text) continue;
      leftOut.set(partition, text);
      setCopyState(sql, [partition], 'following', text, clock.now()).catch(() => undefined);
    }
  };

  const follow = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        const copies = (await listCopies(sql)).filter(
          (copy) => copy.follows === source && copy.state === 'following',
        );
        followed = new Set(copies.map((copy) => copy.partition));
        if (copies.length === 0) {
          await changed.wait(undefined, stopping.signal);
          continue;
        }
        session = new AbortController();
        const signal = AbortSignal.any([stopping.signal, session.signal]);
        const events = {
          onStopped,
          onApplied,
          onHeads(heads: ReadonlyMap<Partition, bigint>) {
            isConnected = true;
            failures = 0;
            heardAtMs = clock.nowMs();
            for (const [partition, head] of heads) {
              const entry = behind.get(partition);
              if (entry !== undefined) entry.head = head;
              else behind.set(partition, { head, applied: head - 1n, sinceMs: heardAtMs });
            }
          },
        };
        await runSession({ source, copies, cells, applier, events, ...pick(deps) }, signal);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (session.signal.aborted) continue;
        isConnected = false;
        failures += 1;
        // A cell that restarts is no news; one that stays away is.
        if (failures === FAILURES_TOLD) {
          log.warn({ cell: source, err: error }, 'standby link is down');
        }
        await changed.wait(backOffMs(failures), stopping.signal);
      }
    }
  };

  const seedBatch = async (partitions: readonly Partition[]): Promise<void> => {
    const startedAtMs = performance.now();
    const chunks = await cells.snapshot(source, partitions, stopping.signal);
    const { rows } = await seeder.seed(partitions, chunks);
    seededRows += rows;
    const durationMs = Math.round(performance.now() - startedAtMs);
    log.info({ cell: source, count: rows, durationMs }, 'copies seeded');
    restart();
  };

  const seed = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        const names = (await listCopies(sql))
          .filter((copy) => copy.follows === source && copy.state === 'seeding')
          .map((copy) => copy.partition);
        if (names.length === 0) {
          await seedsWanted.wait(undefined, stopping.signal);
          continue;
        }
        const batches = Array.from({ length: SEEDS_MAX }, (_, index) =>
          names.slice(index * SEED_BATCH, (index + 1) * SEED_BATCH),
        );
        const filled = batches.filter((batch) => batch.length > 0);
        await Promise.all(filled.map((batch) => seedBatch(batch).catch(refuseTooNew(batch))));
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures += 1;
        if (failures === FAILURES_TOLD) {
          log.warn({ cell: source, err: error }, 'seeding fails repeatedly');
        }
        await seedsWanted.wait(backOffMs(failures), stopping.signal);
      }
    }
  };

  const refuseTooNew =
    (partitions: readonly Partition[]) =>
    async (error: unknown): Promise<void> => {
      // Its role has changed meanwhile: the list is read again.
      if (error instanceof ForeignCopyError) return;
      if (!(error instanceof SchemaTooNewError)) throw error;
      const problem = `schema-too-new: ${error.message}`;
      await setCopyState(sql, partitions, 'refused', problem, clock.now());
    };

  const loops = Promise.all([follow(), seed()]);
  return {
    source,
    reconcile(copies) {
      const mine = copies.filter((copy) => copy.follows === source);
      const following = mine.filter((copy) => copy.state === 'following');
      const isSame =
        following.length === followed.size &&
        following.every((copy) => followed.has(copy.partition));
      if (!isSame) restart();
      if (mine.some((copy) => copy.state === 'seeding')) seedsWanted.notify();
    },
    lagOf({ partition, version }) {
      if (heardAtMs === undefined) return { versions: null, ms: null };
      const nowMs = clock.nowMs();
      const entry = behind.get(partition);
      const versions = entry === undefined || entry.head <= version ? 0n : entry.head - version;
      const isSilent = !isConnected || nowMs - heardAtMs > SILENCE_MS;
      const since = entry?.sinceMs ?? (isSilent ? heardAtMs : nowMs);
      return { versions, ms: Math.max(0, nowMs - since) };
    },
    totalLag() {
      const nowMs = clock.nowMs();
      const isSilent = !isConnected || nowMs - (heardAtMs ?? 0) > SILENCE_MS;
      let versions = 0n;
      let sinceMs = isSilent ? (heardAtMs ?? startedAtMs) : nowMs;
      for (const entry of behind.values()) {
        versions += entry.head - entry.applied;
        sinceMs = Math.min(sinceMs, entry.sinceMs);
      }
      return { versions, ms: nowMs - sinceMs };
    },
    seededRows: () => seededRows,
    async stop() {
      stopping.abort();
      session.abort();
      await loops;
    },
  };
}

function pick({ waitMs }: LinkDeps): { readonly waitMs?: number } {
  return waitMs === undefined ? {} : { waitMs };
}
