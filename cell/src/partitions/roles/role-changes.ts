import type { CellId, Partition } from '@commerce/contracts/ids';
import type { PartitionRole } from '@commerce/contracts/partition-control';
import {
  type Placement,
  type PlacementCut,
  type PlacementTable,
  placementOf,
} from '@commerce/contracts/placements';

/**
 * What a cell has to do so that its roles follow the directory's table. Pure: the same table and the
 * same rows give the same list, so it may be cut off anywhere and be made again.
 *
 *   primary → fenced    another cell is primary at a later epoch
 *   standby → primary   the table names this cell, and it has reached the cut
 *   fenced  → primary   the table names this cell again, at an epoch burnt for that
 *   fenced  → standby   another cell is primary, and this one committed nothing past the cut
 *   absent  → standby   the table names this cell as the standby
 *
 * No role changes without a later epoch in the directory, but for a fence and an empty slot.
 */
export interface RoleChanges {
  /** Primaries here that have a newer primary elsewhere: to be given up before anything else. */
  readonly giveUp: readonly NewPlace[];
  readonly promote: readonly NewPlace[];
  readonly demote: readonly NewPlace[];
  /** Empty slots whose standby this cell is to be. */
  readonly adopt: readonly NewPlace[];
}

/** A partition, and what the directory says of it now. */
export interface NewPlace {
  readonly partition: Partition;
  readonly primary: CellId;
  readonly epoch: number;
  readonly cut: PlacementCut | undefined;
}

/** Where this cell stands with a partition. */
export interface RoleAt {
  readonly role: PartitionRole;
  readonly epoch: number;
}

type Step = keyof RoleChanges | undefined;

function stepFor(cell: CellId, held: RoleAt, placement: Placement): Step {
  const isNewer = placement.epoch > held.epoch;
  const isPrimary = placement.primary === cell;
  switch (held.role) {
    case 'primary':
      if (!isNewer) return undefined;
      return isPrimary ? 'promote' : 'giveUp';
    case 'fenced':
      if (!isNewer) return undefined;
      return isPrimary ? 'promote' : 'demote';
    case 'standby':
      return isNewer && isPrimary ? 'promote' : undefined;
    case 'absent':
      return placement.standby === cell ? 'adopt' : undefined;
  }
}

/** The changes that a table asks for. */
export function listRoleChanges(
  cell: CellId,
  held: ReadonlyMap<Partition, RoleAt>,
  table: PlacementTable,
): RoleChanges {
  const changes = {
    giveUp: [] as NewPlace[],
    promote: [] as NewPlace[],
    demote: [] as NewPlace[],
    adopt: [] as NewPlace[],
  };
  for (const [partition, role] of held) {
    const placement = placementOf(table, partition);
    const step = stepFor(cell, role, placement);
    if (step === undefined) continue;
    const { primary, epoch, cut } = placement;
    changes[step].push({ partition, primary, epoch, cut });
  }
  return changes;
}
