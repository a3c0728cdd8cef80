import { setTimeout as delay } from 'node:timers/promises';
import type { CellId, Partition } from '@commerce/contracts/ids';
import type { DigestAnswer, RepairAnswer } from '@commerce/contracts/partition-control';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { type Copy, listCopies, setCopyState } from './copy-store.ts';
import { compareDigests, type Digests } from './digest.ts';

/**
 * Holds this cell's copies against their primaries, at the same position, and lets those that differ
 * be copied anew. A copy that is being written all the while is compared at the next position at which
 * both are met.
 */
export interface Verifier {
  /** @param repairs whether copies that differ are seeded anew */
  verify(partitions: readonly Partition[], repairs: boolean): Promise<RepairAnswer>;
}

export interface VerifierDeps {
  readonly sql: Sql;
  readonly digests: Digests;
  readonly digestAt: (cell: CellId, partitions: readonly Partition[]) => Promise<DigestAnswer>;
  readonly clock: Clock;
  /** Told where copies are to be seeded. */
  readonly onSeedsWanted: () => Promise<void>;
}

/** Partitions of one look: both sides hold a view of their database open for it. */
const BATCH = 64;
/** Looks at partitions that were at another position on the other side, and the pause between. */
const LOOKS_MAX = 20;
const PAUSE_MS = 25;

export function createVerifier(deps: VerifierDeps): Verifier {
  const { sql, digests, digestAt, clock, onSeedsWanted } = deps;

  /** @returns tables that differ by partition; those that were not met at one position are left out */
  const compare = async (source: CellId, partitions: readonly Partition[]) => {
    const differences = new Map<Partition, string[]>();
    let open = [...partitions];
    for (let looks = 0; looks < LOOKS_MAX && open.length > 0; looks += 1) {
      if (looks > 0) await delay(PAUSE_MS);
      const [theirs, ours] = await Promise.all([digestAt(source, open), digests.read(open)]);
      const own = new Map<string, (typeof ours)[number]>(
        ours.map((digest) => [digest.partition, digest]),
      );
      for (const digest of theirs.digests) {
        const mine = own.get(digest.partition);
        const differing = mine === undefined ? undefined : compareDigests(digest, mine);
        if (differing !== undefined) differences.set(digest.partition as Partition, differing);
      }
      open = open.filter((partition) => !differences.has(partition));
    }
    return differences;
  };

  return {
    async verify(partitions, repairs) {
      const wanted = new Set(partitions);
      const copies = (await listCopies(sql)).filter((copy) => wanted.has(copy.partition));
      const compared = new Map<Partition, string[]>();
      const following = copies.filter((copy) => copy.state === 'following');
      for (const [source, own] of Map.groupBy(following, (copy: Copy) => copy.follows)) {
        for (let from = 0; from < own.length; from += BATCH) {
          const names = own.slice(from, from + BATCH).map((copy) => copy.partition);
          for (const [name, tables] of await compare(source, names)) compared.set(name, tables);
        }
      }
      const differing = [...compared].filter(([, tables]) => tables.length > 0);
      if (repairs && differing.length > 0) {
        const names = differing.map(([name]) => name);
        await setCopyState(sql, names, 'seeding', 'differs from its primary', clock.now());
        await onSeedsWanted();
      }
      return {
        same: [...compared].filter(([, tables]) => tables.length === 0).map(([name]) => name),
        differing: differing.map(([partition, tables]) => ({ partition, tables })),
        unknown: partitions.filter((name) => !compared.has(name)),
      };
    },
  };
}
