import type { CellDescriptor } from '@commerce/contracts/cells';
import { type CellId, type Partition, partitionAt } from '@commerce/contracts/ids';
import type { Placement, PlacementTable } from '@commerce/contracts/placements';

/** Where copies and primaries should be: proposals only, as pure functions of what is. */

export interface StandbyChange {
  readonly partition: Partition;
  readonly slot: number;
  readonly from: CellId | undefined;
  readonly to: CellId;
}

/** Cells that may hold partitions of the table's realm: members that are not retired or left out. */
function membersOf(
  table: PlacementTable,
  cells: readonly CellDescriptor[],
  without: ReadonlySet<string>,
): readonly CellDescriptor[] {
  return cells.filter(
    ({ id, realm, state }) => realm === table.realm && state !== 'retired' && !without.has(id),
  );
}

/**
 * Standbys for partitions that have none, or one that is left out or retired. For each primary they
 * are spread over all the others, so that the loss of a cell spreads its load: each takes the member
 * that has the fewest copies of this primary, and of those the fewest copies in all.
 * @param without cells that shall hold no copies any more
 */
export function proposeStandbys(
  table: PlacementTable,
  cells: readonly CellDescriptor[],
  without: ReadonlySet<string> = new Set(),
): readonly StandbyChange[] {
  const members = membersOf(table, cells, without).map(({ id }) => id);
  const isMember = new Set<string>(members);
  const copies = new Map<string, number>();
  const copiesOf = new Map<string, number>();
  const count = ({ primary, standby }: Pick<Placement, 'primary' | 'standby'>): void => {
    if (standby === undefined) return;
    copies.set(standby, (copies.get(standby) ?? 0) + 1);
    const pair = `${primary} ${standby}`;
    copiesOf.set(pair, (copiesOf.get(pair) ?? 0) + 1);
  };
  const isKept = ({ primary, standby }: Placement): boolean =>
    standby !== undefined && standby !== primary && isMember.has(standby);
  for (const placement of table.placements) if (isKept(placement)) count(placement);
  return table.placements.flatMap((placement, slot): StandbyChange[] => {
    if (isKept(placement)) return [];
    const { primary, standby } = placement;
    const load = (id: CellId): number =>
      (copiesOf.get(`${primary} ${id}`) ?? 0) * table.placements.length + (copies.get(id) ?? 0);
    const [best] = members.filter((id) => id !== primary).toSorted((a, b) => load(a) - load(b));
    if (best === undefined || best === standby) return [];
    count({ primary, standby: best });
    return [{ partition: partitionAt(table.realm, slot), slot, from: standby, to: best }];
  });
}

export interface MoveProposal {
  readonly from: CellId;
  readonly to: CellId;
  readonly partitions: readonly Partition[];
}

/**
 * Moves that even out the primaries of a realm, by the cells' weights and within their capacity. The
 * coldest partitions go first: to move them costs nobody anything.
 * @param heat writes by partition, of any period; missing ones count as cold
 */
export function proposeMoves(
  table: PlacementTable,
  cells: readonly CellDescriptor[],
  heat: ReadonlyMap<Partition, number> = new Map(),
): readonly MoveProposal[] {
  const members = membersOf(table, cells, new Set()).filter(({ state }) => state === 'accepting');
  const weights = members.reduce((sum, { weight }) => sum + weight, 0);
  if (members.length < 2 || weights === 0) return [];
  const held = new Map<CellId, Partition[]>(members.map(({ id }) => [id, []]));
  for (const [slot, { primary }] of table.placements.entries()) {
    held.get(primary)?.push(partitionAt(table.realm, slot));
  }
  const total = [...held.values()].reduce((sum, partitions) => sum + partitions.length, 0);
  const room = members.map((cell) => {
    const fair = Math.floor((total * cell.weight) / weights);
    const wanted = Math.min(fair, cell.capacity?.primariesMax ?? Infinity);
    return { id: cell.id, lacks: wanted - (held.get(cell.id)?.length ?? 0) };
  });
  const proposals: MoveProposal[] = [];
  const takers = room.filter(({ lacks }) => lacks > 0).map((entry) => ({ ...entry }));
  for (const giver of room.filter(({ lacks }) => lacks < 0)) {
    const coldest = (held.get(giver.id) ?? []).toSorted(
      (a, b) => (heat.get(a) ?? 0) - (heat.get(b) ?? 0),
    );
    let spare = -giver.lacks;
    for (const taker of takers) {
      const count = Math.min(spare, taker.lacks);
      if (count <= 0) continue;
      proposals.push({ from: giver.id, to: taker.id, partitions: coldest.splice(0, count) });
      spare -= count;
      taker.lacks -= count;
    }
  }
  return proposals;
}

export interface HotPartition {
  readonly partition: Partition;
  readonly writes: number;
  /** How many times the average of all partitions. */
  readonly timesAverage: number;
}

/** Above this multiple of the average a partition is hot. */
const HOT_TIMES = 8;
/** Fewer writes than this are not worth a move, however uneven they are. */
const HOT_WRITES_MIN = 20;

/**
 * Partitions that are written to far more than others, the hottest first. Versions grow by one at
 * each write, so two readings tell the writes between them.
 */
export function findHotPartitions(
  before: ReadonlyMap<Partition, bigint>,
  after: ReadonlyMap<Partition, bigint>,
): readonly HotPartition[] {
  const writes = new Map<Partition, number>();
  for (const [partition, version] of after) {
    const earlier = before.get(partition);
    if (earlier !== undefined && version > earlier) {
      writes.set(partition, Number(version - earlier));
    }
  }
  const total = [...writes.values()].reduce((sum, count) => sum + count, 0);
  const average = total / Math.max(1, after.size);
  return [...writes]
    .map(([partition, count]) => ({ partition, writes: count, timesAverage: count / average }))
    .filter(
      ({ writes: count, timesAverage }) => count >= HOT_WRITES_MIN && timesAverage >= HOT_TIMES,
    )
    .toSorted((a, b) => b.writes - a.writes);
}
