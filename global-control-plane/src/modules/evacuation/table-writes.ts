import type { PlanMode } from '@commerce/contracts/evacuation-plans';
import { type CellId, type Partition, type Realm, slotOf } from '@commerce/contracts/ids';
import type { PartitionPoint } from '@commerce/contracts/partition-control';
import type { Placement, PlacementTable } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import { toPlacementCut } from './moves.ts';

/**
 * The writes of an evacuation into the directory. Each is one conditional write of the realm's table
 * for any number of partitions; a slot that somebody else has changed meanwhile is left as it is.
 */

/** Writers of one realm collide only while several evacuations run in it. */
const ATTEMPTS_MAX = 20;

/** One partition of a change. */
export interface SlotChange {
  readonly partition: Partition;
  /** What the slot must be for the change to be made; else it is skipped. */
  readonly from: CellId;
  readonly epoch: number;
  readonly next: Placement;
}

/**
 * Makes the changes whose slots are still as expected, all in one write.
 * @param known the table as it was read a moment ago, which saves a reading where nobody has written since
 * @returns the partitions that are now as wished, whether by this call or by a repeated one before
 * @throws AppError `unavailable` where the directory does not answer: read the table to know
 */
export async function changeSlots(
  directory: Directory,
  realm: Realm,
  changes: readonly SlotChange[],
  known?: PlacementTable,
): Promise<ReadonlySet<Partition>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const isFirst = attempt === 1;
    const table = (isFirst ? known : undefined) ?? (await directory.readPlacements(realm));
    if (table === undefined) throw new TypeError(`the directory has no placements of ${realm}`);
    const { next, made } = applyChanges(table, changes);
    if (next === undefined) return made;
    if ((await directory.replacePlacements(next, table.version)) === 'written') return made;
  }
  throw new Error(`the placements of ${realm} are written by others all the time`);
}

function applyChanges(table: PlacementTable, changes: readonly SlotChange[]) {
  const placements = [...table.placements];
  const made = new Set<Partition>();
  let isChanged = false;
  for (const { partition, from, epoch, next } of changes) {
    const slot = slotOf(partition);
    const present = placements[slot] as Placement;
    if (isSame(present, next)) made.add(partition);
    else if (present.primary === from && present.epoch === epoch) {
      placements[slot] = next;
      made.add(partition);
      isChanged = true;
    }
  }
  const next = isChanged ? { ...table, version: table.version + 1, placements } : undefined;
  return { next, made };
}

function isSame(a: Placement, b: Placement): boolean {
  return (
    a.primary === b.primary &&
    a.standby === b.standby &&
    a.epoch === b.epoch &&
    a.cut?.plan === b.cut?.plan &&
    a.cut?.version === b.cut?.version &&
    a.cut?.chain === b.cut?.chain
  );
}

/** Makes the target the primary, and the old primary the standby, from the cut on. */
export function flipChange(
  plan: { readonly id: string; readonly mode: PlanMode },
  from: CellId,
  to: CellId,
  cut: PartitionPoint,
): SlotChange {
  const next: Placement = {
    primary: to,
    standby: from,
    epoch: cut.epoch + 1,
    cut: toPlacementCut(plan.id, plan.mode, cut),
  };
  return { partition: cut.partition as Partition, from, epoch: cut.epoch, next };
}

/** Burns an epoch for the same primary, so that what was fenced can never be flipped any more. */
export function burnChange(plan: string, placement: Placement, cut: PartitionPoint): SlotChange {
  const { primary, standby, epoch } = placement;
  const next = { primary, standby, epoch: epoch + 1, cut: toPlacementCut(plan, 'planned', cut) };
  return { partition: cut.partition as Partition, from: primary, epoch, next };
}
