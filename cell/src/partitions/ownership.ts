import {
  type CellId,
  type Partition,
  partitionAt,
  type Realm,
  realmOf,
  SLOTS_PER_REALM,
} from '@commerce/contracts/ids';
import { type Placement, type PlacementTable, placementOf } from '@commerce/contracts/placements';
import { AppError } from '@commerce/contracts/problems';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import { GENESIS_CHAIN } from './change-log.ts';
import { misdirected } from './unit-of-work.ts';

/**
 * What this cell is to each partition of its realm: a copy in memory of the `partitions` table, for
 * a quick refusal and for response headers. The storage itself is the guard.
 */

export type PartitionRole = 'primary' | 'standby' | 'fenced' | 'absent';

export interface OwnedPartition {
  readonly role: PartitionRole;
  readonly epoch: number;
}

export interface Ownership {
  /** Reads the table; on a cell's first start there is nothing in it. */
  load(): Promise<void>;
  /**
   * Takes the directory's table in. A cell's first start creates its rows; later ones confirm that
   * it still holds what it held, which ends its quarantine. What it lost meanwhile is given up.
   */
  confirm(table: PlacementTable): Promise<void>;
  /** Whether the directory has confirmed this run of the cell; until then it only reads. */
  isConfirmed(): boolean;
  of(partition: Partition): OwnedPartition | undefined;
  /** @throws AppError `misdirected` where this cell is not the partition's primary */
  requirePrimary(partition: Partition): OwnedPartition;
  /** @throws AppError `misdirected`, or `quarantined` before the placement is confirmed */
  requireWritable(partition: Partition): OwnedPartition;
  /** Gives a partition up at once: somebody has shown that it has a newer primary. */
  fence(partition: Partition, newerEpoch: number): Promise<void>;
  /** Partitions that this cell is primary for. */
  primaries(): readonly Partition[];
  counts(): Readonly<Record<PartitionRole, number>>;
}

const list = statement<{ partition: Partition; role: PartitionRole; epoch: bigint }>(
  'partitions.list',
  'SELECT partition, role, epoch FROM partitions',
);
const insertMany = statement(
  'partitions.insert-many',
  `INSERT INTO partitions (partition, role, epoch, version, chain)
   SELECT p.partition, p.role, p.epoch, 0, $4
   FROM unnest($1::text[], $2::text[], $3::int8[]) AS p (partition, role, epoch)
   ON CONFLICT (partition) DO NOTHING`,
);
const demote = statement(
  'partitions.demote',
  `UPDATE partitions SET role = $3 WHERE partition = $1 AND role IN ('primary', 'fenced')
   AND epoch < $2`,
);

function roleIn(placement: Placement, cell: CellId): PartitionRole {
  if (placement.primary === cell) return 'primary';
  return placement.standby === cell ? 'standby' : 'absent';
}

export function createOwnership(options: {
  readonly sql: Sql;
  readonly cell: CellId;
  readonly realm: Realm;
}): Ownership {
  const { sql, cell, realm } = options;
  const owned = new Map<Partition, OwnedPartition>();
  let primaries: readonly Partition[] = [];
  let confirmed = false;
  /** Epochs that others have shown: they hold before the table says so, and where it can't be told. */
  const shownEpochs = new Map<Partition, number>();

  const load = async (): Promise<void> => {
    const rows = await sql.query(list);
    for (const { partition, role, epoch } of rows) {
      const isOutdated = role === 'primary' && epoch < (shownEpochs.get(partition) ?? 0);
      owned.set(partition, { role: isOutdated ? 'fenced' : role, epoch: Number(epoch) });
    }
    primaries = [...owned].filter(([, entry]) => entry.role === 'primary').map(([name]) => name);
  };

  const create = async (table: PlacementTable): Promise<void> => {
    const names = Array.from({ length: SLOTS_PER_REALM }, (_, slot) => partitionAt(realm, slot));
    const placements = names.map((name) => placementOf(table, name));
    await sql.query(insertMany, [
      names,
      placements.map((placement) => roleIn(placement, cell)),
      placements.map((placement) => placement.epoch),
      GENESIS_CHAIN,
    ]);
  };

  const requirePrimary = (partition: Partition): OwnedPartition => {
    const entry = owned.get(partition);
    if (entry?.role !== 'primary') throw misdirected(partition, entry?.epoch);
    return entry;
  };

  return {
    load,
    async confirm(table) {
      if (table.realm !== realm) throw new TypeError(`${table.realm} is not the realm of ${cell}`);
      if (owned.size < SLOTS_PER_REALM) await create(table);
      for (const [partition, entry] of owned) {
        const placement = placementOf(table, partition);
        const lost = entry.role === 'primary' && placement.primary !== cell;
        if (lost && placement.epoch > entry.epoch) {
          await sql.query(demote, [partition, placement.epoch, 'fenced']);
        }
      }
      await load();
      confirmed = true;
    },
    isConfirmed: () => confirmed,
    of: (partition) => owned.get(partition),
    requirePrimary,
    requireWritable(partition) {
      const entry = requirePrimary(partition);
      if (!confirmed) throw new AppError('quarantined', { retryAfterS: 2 });
      return entry;
    },
    async fence(partition, newerEpoch) {
      if (realmOf(partition) !== realm) return;
      const entry = owned.get(partition);
      if (entry === undefined || entry.epoch >= newerEpoch || entry.role !== 'primary') return;
      shownEpochs.set(partition, newerEpoch);
      owned.set(partition, { ...entry, role: 'fenced' });
      primaries = primaries.filter((name) => name !== partition);
      await sql.query(demote, [partition, newerEpoch, 'fenced']);
    },
    primaries: () => primaries,
    counts() {
      const counts = { primary: 0, standby: 0, fenced: 0, absent: 0 };
      for (const { role } of owned.values()) counts[role] += 1;
      return counts;
    },
  };
}
