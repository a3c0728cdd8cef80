import {
  type CellId,
  type Partition,
  partitionAt,
  type Realm,
  realmOf,
  SLOTS_PER_REALM,
} from '@commerce/contracts/ids';
import type {
  FenceAnswer,
  PartitionRole,
  RefreshAnswer,
} from '@commerce/contracts/partition-control';
import { type Placement, type PlacementTable, placementOf } from '@commerce/contracts/placements';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import { GENESIS_CHAIN } from './change-log.ts';
import { listRoleChanges, type NewPlace, type RoleAt } from './roles/role-changes.ts';
import { giveUpRows, insertRoles, listRoles } from './roles/role-store.ts';
import {
  createRoleTransitions,
  type FenceOrder,
  type StockMoves,
} from './roles/role-transitions.ts';
import { misdirected } from './unit-of-work.ts';

/**
 * What this cell is to each partition of its realm: a copy in memory of the `partitions` table and of
 * the directory's placements, for a quick refusal, for response headers, and for where a request is to
 * go instead. The storage itself is the guard.
 */

export interface Ownership {
  readonly realm: Realm;
  /** Reads the table; on a cell's first start there is nothing in it. */
  load(): Promise<void>;
  /**
   * Takes the directory's table in: creates the rows at a cell's first start, gives up what has a
   * newer primary, becomes primary of what the directory gave to this cell and it can be primary of,
   * and the standby of what it handed over. The first table ends the quarantine. May be repeated; a
   * table older than the last one changes nothing.
   */
  confirm(table: PlacementTable, options?: ConfirmOptions): Promise<RefreshAnswer>;
  /**
   * Takes note of the directory's table without taking it in, as a cell does that may not write yet:
   * what it says of others is known, and what has a newer primary is given up.
   */
  note(table: PlacementTable): Promise<void>;
  /** Whether the directory has confirmed this run of the cell; until then it only reads. */
  isConfirmed(): boolean;
  of(partition: Partition): RoleAt | undefined;
  /** What the directory last said of a partition. */
  placementOf(partition: Partition): Placement | undefined;
  /** The last table that was taken in. */
  table(): PlacementTable | undefined;
  /** @throws AppError `misdirected` where this cell is not the partition's primary */
  requirePrimary(partition: Partition): RoleAt;
  /** @throws AppError `misdirected`, or `quarantined` before the placement is confirmed */
  requireWritable(partition: Partition): RoleAt;
  /** Gives a partition up at once: somebody has shown that it has a newer primary. */
  giveUp(partition: Partition, newerEpoch: number): Promise<void>;
  /** Fences partitions for a move; from its start on, nothing new begins to write them. */
  fence(order: FenceOrder): Promise<FenceAnswer>;
  /** Partitions that are fenced here and have a newer primary, which they do not follow yet. */
  lost(): readonly NewPlace[];
  /** Whether the last table asks for more than could be done yet, or the rows could not be read. */
  isUnsettled(): boolean;
  /** Partitions that this cell is primary for. */
  primaries(): readonly Partition[];
  counts(): Readonly<Record<PartitionRole, number>>;
  /** Calls back whenever a role may have changed. @returns what ends that */
  onChanged(listener: () => void): () => void;
}

export interface ConfirmOptions {
  /**
   * What a cell whose database was restored does once its roles are those of the table, and before it
   * writes. Its books are begun anew by it, so nothing is counted in or out of them before.
   */
  readonly complete?: (() => Promise<void>) | undefined;
}

function roleIn(placement: Placement, cell: CellId): PartitionRole {
  if (placement.primary === cell) return 'primary';
  return placement.standby === cell ? 'standby' : 'absent';
}

export function createOwnership(options: {
  readonly sql: Sql;
  readonly cell: CellId;
  readonly realm: Realm;
  readonly stock?: StockMoves;
  /** Of an experiment that has to fail. */
  readonly withoutFence?: boolean;
}): Ownership {
  const { sql, cell, realm, stock, withoutFence = false } = options;
  const transitions = createRoleTransitions({ sql, cell, stock, withoutFence });
  const owned = new Map<Partition, RoleAt>();
  let primaries: readonly Partition[] = [];
  let confirmed = false;
  let latest: PlacementTable | undefined;
  /**
   * Epochs below which this cell does not count as primary any more, whatever its rows say: they hold
   * while the storage is being told, and where it can't be told.
   */
  const givenUpBelow = new Map<Partition, number>();
  const listeners = new Set<() => void>();
  let isUnsettled = true;

  const changed = (): void => {
    primaries = [...owned].filter(([, held]) => held.role === 'primary').map(([name]) => name);
    for (const listener of listeners) listener();
  };

  const load = async (): Promise<void> => {
    for (const { partition, role, epoch } of await listRoles(sql)) {
      const isOutdated = role === 'primary' && epoch < (givenUpBelow.get(partition) ?? 0);
      // A read that began before a change must not undo it.
      if (epoch < (owned.get(partition)?.epoch ?? 0)) continue;
      owned.set(partition, { role: isOutdated ? 'fenced' : role, epoch: Number(epoch) });
    }
    changed();
  };

  const create = async (table: PlacementTable): Promise<void> => {
    const rows = Array.from({ length: SLOTS_PER_REALM }, (_, slot) => {
      const partition = partitionAt(realm, slot);
      const placement = placementOf(table, partition);
      return { partition, role: roleIn(placement, cell), epoch: placement.epoch };
    });
    await insertRoles(sql, rows, GENESIS_CHAIN);
    await load();
  };

  /** In memory, before anything else. */
  const markGivenUp = (partition: Partition, belowEpoch: number): void => {
    const held = owned.get(partition);
    if (held?.role !== 'primary' || held.epoch >= belowEpoch) return;
    givenUpBelow.set(partition, belowEpoch);
    owned.set(partition, { ...held, role: 'fenced' });
  };

  const isGivenToThisCell = (partition: Partition): boolean =>
    latest !== undefined &&
    realmOf(partition) === realm &&
    placementOf(latest, partition).primary === cell;

  const requirePrimary = (partition: Partition): RoleAt => {
    const held = owned.get(partition);
    if (held?.role === 'primary') return held;
    // It is nobody else's: a restored cell does not have all of it yet.
    if (!confirmed && isGivenToThisCell(partition)) {
      throw new AppError('quarantined', { retryAfterS: 2 });
    }
    throw misdirected(partition, held?.epoch);
  };

  const giveUpListed = (places: readonly NewPlace[]): void => {
    for (const { partition, epoch } of places) markGivenUp(partition, epoch);
  };

  return {
    realm,
    load,
    async note(table) {
      if (latest !== undefined && table.version < latest.version) return;
      if (owned.size < SLOTS_PER_REALM) await create(table);
      latest = table;
      const { giveUp } = listRoleChanges(cell, owned, table);
      if (giveUp.length === 0) return;
      giveUpListed(giveUp);
      await transitions.apply({ giveUp, promote: [], demote: [], adopt: [] });
      await load();
    },
    async confirm(table, { complete } = {}) {
      if (table.realm !== realm) throw new TypeError(`${table.realm} is not the realm of ${cell}`);
      if (latest !== undefined && table.version < latest.version) {
        return { tableVersion: latest.version, promoted: [], demoted: [], waiting: [] };
      }
      if (owned.size < SLOTS_PER_REALM) await create(table);
      latest = table;
      const changes = listRoleChanges(cell, owned, table);
      giveUpListed(changes.giveUp);
      const apply = complete === undefined ? transitions.apply : transitions.applyUncounted;
      const { promoted, demoted } = await apply(changes);
      await load();
      await complete?.();
      if (!confirmed) {
        confirmed = true;
        changed();
      }
      const open = listRoleChanges(cell, owned, table);
      const waiting = [...open.giveUp, ...open.promote, ...open.demote];
      isUnsettled = waiting.length > 0;
      return {
        tableVersion: table.version,
        promoted: [...promoted],
        demoted: [...demoted],
        waiting: waiting.length === 0 ? [] : await transitions.explain(waiting),
      };
    },
    isConfirmed: () => confirmed,
    of: (partition) => owned.get(partition),
    placementOf: (partition) =>
      latest === undefined || realmOf(partition) !== realm
        ? undefined
        : placementOf(latest, partition),
    table: () => latest,
    requirePrimary,
    requireWritable(partition) {
      const held = requirePrimary(partition);
      if (!confirmed) throw new AppError('quarantined', { retryAfterS: 2 });
      return held;
    },
    async giveUp(partition, newerEpoch) {
      const held = owned.get(partition);
      if (held?.role !== 'primary' || held.epoch >= newerEpoch) return;
      markGivenUp(partition, newerEpoch);
      changed();
      await giveUpRows(sql, [{ partition, epoch: newerEpoch }]);
    },
    async fence(order) {
      if (withoutFence) return transitions.fence(order);
      const wanted = order.partitions.filter((name) => owned.get(name)?.role === 'primary');
      for (const partition of wanted) {
        markGivenUp(partition, (owned.get(partition)?.epoch ?? 0) + 1);
      }
      changed();
      try {
        return await transitions.fence(order);
      } catch (error) {
        // Whether it was fenced is not known: the rows tell.
        for (const partition of wanted) givenUpBelow.delete(partition);
        isUnsettled = true;
        await load().catch(() => undefined);
        throw error;
      }
    },
    lost: () => (latest === undefined ? [] : listRoleChanges(cell, owned, latest).demote),
    isUnsettled: () => isUnsettled,
    primaries: () => primaries,
    counts() {
      const counts = { primary: 0, standby: 0, fenced: 0, absent: 0 };
      for (const { role } of owned.values()) counts[role] += 1;
      return counts;
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
