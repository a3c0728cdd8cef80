import type { CellDescriptor } from '@commerce/contracts/cells';
import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import { partitionAt } from '@commerce/contracts/ids';
import { jurisdiction } from '@commerce/contracts/jurisdictions';
import type { PartitionStates } from '@commerce/contracts/partition-control';
import type { PlacementTable } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import { readStates } from './look.ts';
import { LAG_VERSIONS_MAX } from './moves.ts';
import { type CellControlOf, ControlFault } from './ports.ts';

/** What an evacuation would do, and why it may not be done. */

export interface PreviewRequest {
  readonly source: CellId;
  readonly target: CellId | undefined;
  readonly slots: readonly number[] | undefined;
  /** Whether the source is taken for lost: it is not asked for anything. Default: no. */
  readonly isEmergency?: boolean;
}

/** Codes of refusals; each comes with its reason and, where there is one, what is allowed instead. */
export const REFUSALS = {
  'unknown-cell': 'no cell has this name',
  'same-cell': 'source and target are the same cell',
  'other-jurisdiction': 'personal data would leave its jurisdiction',
  'other-realm': 'the target serves other partitions',
  'target-retired': 'the target serves nobody any more',
  'target-unhealthy': 'the target does not answer, or is not ready',
  'no-capacity': 'the target would hold more than it may',
  'log-unreadable': "the target can't read the source's log",
  'last-cell': 'no other healthy cell of the realm is left',
  'no-standby': 'partitions have no standby to go to',
  empty: 'the source is primary of none of these partitions',
} as const;
export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly code: RefusalCode;
  readonly reason: string;
  /** What would be allowed, nearest first. */
  readonly alternatives: readonly string[];
}

export interface TargetPreview {
  readonly cell: CellId;
  readonly partitions: number;
  readonly primariesBefore: number;
  readonly primariesAfter: number;
  readonly primariesMax: number | undefined;
  readonly ready: boolean;
  /** Partitions of which it has no copy that follows. */
  readonly toSeed: number;
  /** Highest lag of the copies that it has; undefined where there is none. */
  readonly lagVersionsMax: bigint | undefined;
  readonly lagMsMax: number | undefined;
}

export interface Preview {
  readonly realm: Realm;
  readonly source: CellId;
  readonly partitions: readonly Partition[];
  readonly targets: readonly TargetPreview[];
  /** Undefined where the source does not answer. */
  readonly size:
    | {
        readonly rows: number;
        readonly bytes: number;
        readonly customers: number;
        readonly orders: number;
      }
    | undefined;
  readonly estimateMs: number;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

/** Measured on a developer's machine, and kept on the careful side. */
const RATES = {
  /** A batch of 32 partitions, from the fence to the end of its demotion. */
  batchMs: 150,
  batchSize: 32,
  seedRowsPerS: 20_000,
  verifyRowsPerS: 60_000,
} as const;

export interface PreviewDeps {
  readonly directory: Directory;
  readonly cells: CellControlOf;
}

/**
 * Works out what an evacuation would do; changes nothing.
 * @throws AppError `unavailable` where the directory does not answer
 */
export async function previewEvacuation(
  deps: PreviewDeps,
  request: PreviewRequest,
): Promise<Preview> {
  const cells = (await deps.directory.listCells()).map(({ cell }) => cell);
  const source = cells.find(({ id }) => id === request.source);
  if (source === undefined) return refuseUnknown(request.source, request.source, cells);
  const target = cells.find(({ id }) => id === request.target);
  if (request.target !== undefined && target === undefined) {
    return refuseUnknown(request.source, request.target, cells);
  }
  const table = await deps.directory.readPlacements(source.realm);
  const chosen = choosePartitions(source.realm, table, request);
  const involved = new Set([
    source.id,
    ...chosen.flatMap(({ to }) => to ?? []),
    ...(target === undefined ? [] : [target.id]),
  ]);
  const peers = cells.filter(({ realm, state }) => realm === source.realm && state !== 'retired');
  const asked = new Set([...involved, ...peers.map(({ id }) => id)]);
  // A cell that hangs makes every call last as long as it may, and shoppers wait for the emergency.
  if (request.isEmergency === true) {
    asked.delete(source.id);
    involved.delete(source.id);
  }
  const ready = await askWhetherReady(deps.cells, [...asked]);
  const states = await readStates(deps.cells, involved).catch((error: unknown) => {
    if (error instanceof ControlFault) return new Map<CellId, undefined>();
    throw error;
  });
  const names = chosen.map(({ partition }) => partition);
  // Who does not tell its states is not waited for a second time.
  const answers = states.get(source.id) !== undefined;
  const size = answers ? await readSize(deps.cells, source.id, names) : undefined;
  const facts: Facts = { source, target, cells, peers, table, chosen, states, ready, request };
  const targets = describeTargets(facts);
  return {
    realm: source.realm,
    source: source.id,
    partitions: names,
    targets,
    size,
    estimateMs: estimate(chosen.length, targets, size?.rows ?? 0),
    refusals: listRefusals(facts, targets),
    warnings: listWarnings(facts, targets, size !== undefined || request.isEmergency === true),
  };
}

async function askWhetherReady(
  cells: CellControlOf,
  wanted: readonly CellId[],
): Promise<ReadonlyMap<CellId, boolean>> {
  const entries = [...new Set(wanted)].map(
    async (id): Promise<[CellId, boolean]> => [id, await cells(id).isReady()],
  );
  return new Map(await Promise.all(entries));
}

interface Facts {
  readonly source: CellDescriptor;
  readonly target: CellDescriptor | undefined;
  readonly cells: readonly CellDescriptor[];
  /** Cells of the realm that are not retired, the source among them. */
  readonly peers: readonly CellDescriptor[];
  readonly table: PlacementTable | undefined;
  readonly chosen: readonly { readonly partition: Partition; readonly to: CellId | undefined }[];
  readonly states: ReadonlyMap<CellId, PartitionStates | undefined>;
  readonly ready: ReadonlyMap<CellId, boolean>;
  readonly request: PreviewRequest;
}

function choosePartitions(
  realm: Realm,
  table: PlacementTable | undefined,
  { source, target, slots }: PreviewRequest,
): Facts['chosen'] {
  return (table?.placements ?? []).flatMap((placement, slot) =>
    placement.primary === source && (slots?.includes(slot) ?? true)
      ? [{ partition: partitionAt(realm, slot), to: target ?? placement.standby }]
      : [],
  );
}

function refuseUnknown(source: CellId, unknown: CellId, cells: readonly CellDescriptor[]): Preview {
  const refusal: Refusal = {
    code: 'unknown-cell',
    reason: `the directory has no cell "${unknown}"`,
    alternatives: cells.filter(({ state }) => state !== 'retired').map(({ id }) => id),
  };
  return {
    realm: '' as Realm,
    source,
    partitions: [],
    targets: [],
    size: undefined,
    estimateMs: 0,
    refusals: [refusal],
    warnings: [],
  };
}

async function readSize(
  cells: CellControlOf,
  source: CellId,
  partitions: readonly Partition[],
): Promise<Preview['size']> {
  if (partitions.length === 0) return { rows: 0, bytes: 0, customers: 0, orders: 0 };
  try {
    const { tables, partitions: sizes } = await cells(source).sizes(partitions);
    return {
      rows: sizes.reduce((sum, entry) => sum + entry.rows, 0),
      bytes: sizes.reduce((sum, entry) => sum + entry.bytes, 0),
      customers: tables['customers'] ?? 0,
      orders: tables['orders'] ?? 0,
    };
  } catch (error) {
    if (error instanceof ControlFault) return undefined;
    throw error;
  }
}

function describeTargets(facts: Facts): readonly TargetPreview[] {
  const { chosen, states, table, ready, cells, source } = facts;
  const groups = Map.groupBy(chosen, ({ to }) => to);
  return [...groups].flatMap(([cell, group]): TargetPreview[] => {
    if (cell === undefined) return [];
    const known = new Map(
      (states.get(cell)?.states ?? []).map((state) => [state.partition, state]),
    );
    const copies = group.flatMap(({ partition }) => {
      const state = known.get(partition);
      const follows = state?.role === 'standby' && state.copy === 'following';
      return follows && state.follows === source.id ? [state] : [];
    });
    const before = table?.placements.filter(({ primary }) => primary === cell).length ?? 0;
    const lags = copies.flatMap(({ lagVersions }) =>
      lagVersions === null ? [] : [BigInt(lagVersions)],
    );
    const delays = copies.flatMap(({ lagMs }) => lagMs ?? []);
    return [
      {
        cell,
        partitions: group.length,
        primariesBefore: before,
        primariesAfter: before + group.length,
        primariesMax: cells.find(({ id }) => id === cell)?.capacity?.primariesMax,
        ready: (ready.get(cell) ?? false) && states.get(cell) !== undefined,
        toSeed: group.length - copies.length,
        lagVersionsMax: lags.length === 0 ? undefined : lags.reduce((a, b) => (a > b ? a : b)),
        lagMsMax: delays.length === 0 ? undefined : Math.max(...delays),
      },
    ];
  });
}

/** Cells that the partitions could go to by law, the nearest and healthy ones first. */
function legalAlternatives({ source, peers, ready, request }: Facts): readonly string[] {
  const squaredDistance = (cell: CellDescriptor): number =>
    (cell.latitude - source.latitude) ** 2 + (cell.longitude - source.longitude) ** 2;
  return peers
    .filter(({ id }) => id !== source.id && id !== request.target && ready.get(id) === true)
    .toSorted((a, b) => squaredDistance(a) - squaredDistance(b))
    .map(({ id }) => id);
}

function listRefusals(facts: Facts, targets: readonly TargetPreview[]): readonly Refusal[] {
  const { source, target, chosen, peers, ready, states } = facts;
  const alternatives = legalAlternatives(facts);
  const refuse = (code: RefusalCode, reason: string): Refusal => ({ code, reason, alternatives });
  if (target !== undefined) {
    const illegal = refuseTarget(source, target, refuse);
    if (illegal !== undefined) return [illegal];
  }
  if (chosen.length === 0)
    return [refuse('empty', `${source.id} is the primary of no such partition`)];
  const refusals: Refusal[] = [];
  if (!peers.some(({ id }) => id !== source.id && ready.get(id) === true)) {
    refusals.push(refuse('last-cell', `${source.id} is the last healthy cell of ${source.realm}`));
  }
  const homeless = chosen.filter(({ to }) => to === undefined).length;
  if (homeless > 0) {
    refusals.push(refuse('no-standby', `${homeless} partitions have no standby: name a target`));
  }
  const sourceSchema = states.get(source.id)?.logSchema;
  for (const entry of targets) {
    const { cell, primariesAfter, primariesMax } = entry;
    if (!entry.ready) refusals.push(refuse('target-unhealthy', `${cell} is not ready`));
    if (primariesMax !== undefined && primariesAfter > primariesMax) {
      const reason = `${cell} would hold ${primariesAfter} partitions; it may hold ${primariesMax}`;
      refusals.push(refuse('no-capacity', reason));
    }
    const schema = states.get(cell)?.logSchema;
    if (schema !== undefined && sourceSchema !== undefined && schema < sourceSchema) {
      const reason = `${cell} reads the log up to version ${schema}, ${source.id} writes ${sourceSchema}`;
      refusals.push(refuse('log-unreadable', reason));
    }
  }
  return refusals;
}

function refuseTarget(
  source: CellDescriptor,
  target: CellDescriptor,
  refuse: (code: RefusalCode, reason: string) => Refusal,
): Refusal | undefined {
  if (source.id === target.id) return refuse('same-cell', `${source.id} can't go to itself`);
  if (source.jurisdiction !== target.jurisdiction) {
    const law = jurisdiction(source.jurisdiction)?.laws[0]?.name ?? 'its law';
    return refuse(
      'other-jurisdiction',
      `${target.id} is in "${target.jurisdiction}", and the shoppers of ${source.id} stay in "${source.jurisdiction}" (${law})`,
    );
  }
  if (source.realm !== target.realm) {
    return refuse('other-realm', `${target.id} serves partitions of "${target.realm}" only`);
  }
  if (target.state === 'retired') return refuse('target-retired', `${target.id} is retired`);
  return undefined;
}

function listWarnings(
  facts: Facts,
  targets: readonly TargetPreview[],
  sourceAnswers: boolean,
): readonly string[] {
  const warnings: string[] = [];
  if (!sourceAnswers) {
    warnings.push(
      `${facts.source.id} does not answer: a planned evacuation needs it; if it is gone, use --emergency`,
    );
  }
  for (const { cell, toSeed, lagVersionsMax } of targets) {
    if (toSeed > 0)
      warnings.push(`${cell} has no copy of ${toSeed} partitions: they are copied first`);
    if (lagVersionsMax !== undefined && lagVersionsMax > LAG_VERSIONS_MAX) {
      warnings.push(`${cell} is ${lagVersionsMax} writes behind: it catches up first`);
    }
    if (facts.cells.find(({ id }) => id === cell)?.state === 'draining') {
      warnings.push(`${cell} is being drained itself`);
    }
  }
  const schemas = targets.map(({ cell }) => facts.states.get(cell)?.logSchema);
  const own = facts.states.get(facts.source.id)?.logSchema;
  if (own !== undefined && schemas.some((schema) => schema !== undefined && schema > own)) {
    warnings.push(
      `the target writes a newer log than ${facts.source.id} reads: no rollback until it is upgraded`,
    );
  }
  return warnings;
}

function estimate(partitions: number, targets: readonly TargetPreview[], rows: number): number {
  const toSeed = targets.reduce((sum, { toSeed: count }) => sum + count, 0);
  const seedRows = partitions === 0 ? 0 : (rows * toSeed) / partitions;
  const batches = Math.ceil(partitions / RATES.batchSize);
  const copyMs = (seedRows / RATES.seedRowsPerS + rows / RATES.verifyRowsPerS) * 1_000;
  return Math.round(batches * RATES.batchMs + copyMs + 1_000);
}
