import type { CellDescriptor } from '@commerce/contracts/cells';
import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import { partitionAt } from '@commerce/contracts/ids';
import type { PartitionState, PartitionStates } from '@commerce/contracts/partition-control';
import type { Placement, PlacementTable } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import { readStates } from './look.ts';
import type { CellControlOf } from './ports.ts';

export interface SurveyDeps {
  readonly directory: Pick<Directory, 'readPlacements'>;
  readonly cells: CellControlOf;
  readonly listCells: () => Promise<readonly CellDescriptor[]>;
}

/** Everything that the directory and the cells say, read once for one command or one look. */
export interface Survey {
  readonly cells: readonly CellDescriptor[];
  readonly tables: ReadonlyMap<Realm, PlacementTable>;
  /** Undefined for a cell that does not answer. */
  readonly states: ReadonlyMap<CellId, PartitionStates | undefined>;
  readonly ready: ReadonlyMap<CellId, boolean>;
  /** The same states by partition, for those that answer. */
  readonly indexes: ReadonlyMap<CellId, ReadonlyMap<Partition, PartitionState>>;
}

/** @throws AppError `unavailable` where the directory does not answer */
export async function takeSurvey(
  { directory, cells: control, listCells }: SurveyDeps,
  chosen?: (cell: CellDescriptor) => boolean,
): Promise<Survey> {
  const cells = (await listCells()).filter(chosen ?? (() => true));
  const realms = [...new Set(cells.map(({ realm }) => realm))];
  const tables = new Map<Realm, PlacementTable>();
  for (const realm of realms) {
    const table = await directory.readPlacements(realm);
    if (table !== undefined) tables.set(realm, table);
  }
  const alive = cells.filter(({ state }) => state !== 'retired').map(({ id }) => id);
  const [states, readiness] = await Promise.all([
    readStates(control, alive),
    Promise.all(
      alive.map(async (id): Promise<[CellId, boolean]> => [id, await control(id).isReady()]),
    ),
  ]);
  const indexes = new Map(
    [...states].map(([id, answer]) => [
      id,
      new Map((answer?.states ?? []).map((state) => [state.partition as Partition, state])),
    ]),
  );
  return { cells, tables, states, ready: new Map(readiness), indexes };
}

/** One partition with what the directory says of it. */
export interface Placed {
  readonly partition: Partition;
  readonly placement: Placement;
}

export function placementsOf(table: PlacementTable): readonly Placed[] {
  return table.placements.map((placement, slot) => ({
    partition: partitionAt(table.realm, slot),
    placement,
  }));
}

export function stateIn(
  survey: Survey,
  cell: CellId | undefined,
  partition: Partition,
): PartitionState | undefined {
  if (cell === undefined) return undefined;
  return survey.indexes.get(cell)?.get(partition);
}

/** Counts and lag of one cell. */
export interface CellSummary {
  readonly primaries: number;
  readonly standbys: number;
  readonly fenced: number;
  /** Its partitions whose standby does not follow, and why, by reason. */
  readonly unprotected: number;
  /** Highest lag of the copies that others hold of its partitions. */
  readonly lagVersionsMax: bigint | undefined;
  readonly lagMsMax: number | undefined;
  /** Partitions of which the cell says otherwise than the directory. */
  readonly disagreeing: readonly Partition[];
}

export function summariseCell(survey: Survey, cell: CellDescriptor): CellSummary {
  const table = survey.tables.get(cell.realm);
  const placed = table === undefined ? [] : placementsOf(table);
  const { indexes: indexOf } = survey;
  const own = placed.filter(({ placement }) => placement.primary === cell.id);
  const copies = own.map(({ partition, placement }) =>
    placement.standby === undefined ? undefined : indexOf.get(placement.standby)?.get(partition),
  );
  const following = copies.filter((copy) => copy?.role === 'standby' && copy.copy === 'following');
  const lags = following.flatMap((copy) => (copy?.lagVersions ? [BigInt(copy.lagVersions)] : []));
  const delays = following.flatMap((copy) => copy?.lagMs ?? []);
  const said = indexOf.get(cell.id);
  return {
    primaries: own.length,
    standbys: placed.filter(({ placement }) => placement.standby === cell.id).length,
    fenced: [...(said?.values() ?? [])].filter(({ role }) => role === 'fenced').length,
    unprotected: own.length - following.length,
    lagVersionsMax: lags.length === 0 ? undefined : lags.reduce((a, b) => (a > b ? a : b)),
    lagMsMax: delays.length === 0 ? undefined : Math.max(...delays),
    disagreeing:
      survey.states.get(cell.id) === undefined
        ? []
        : own
            .filter(({ partition }) => said?.get(partition)?.role !== 'primary')
            .map(({ partition }) => partition),
  };
}
