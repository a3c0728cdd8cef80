import { type CellId, type Partition, type Realm, SLOTS_PER_REALM, slotOf } from './ids.ts';

/** Where one partition lives. The epoch grows by one at each change of the primary. */
export interface Placement {
  readonly primary: CellId;
  /** Undefined while a realm has one cell only; such a partition can't be evacuated. */
  readonly standby: CellId | undefined;
  readonly epoch: number;
  /**
   * Where the history was cut at the last change of the epoch; undefined where none is on record. It
   * stays until the next change of the slot, since a cell that returns late compares itself with it.
   */
  readonly cut?: PlacementCut | undefined;
}

/** How a partition's epoch was ended: the evacuation that did it, and the last version of it. */
export interface PlacementCut {
  /** Id of the evacuation, as in the directory's plans. */
  readonly plan: string;
  /** Whether the last version is that of a fenced primary, or the last that its standby had. */
  readonly mode: CutMode;
  readonly version: bigint;
  /** First 16 hex digits of the chain at that version. */
  readonly chain: string;
}

export const CUT_MODES = {
  planned: 'the old primary was fenced at the version: nothing was committed past it',
  emergency: 'the standby had the version: the old primary may have committed past it',
} as const;
export type CutMode = keyof typeof CUT_MODES;

/** Digits of a chain that a cut keeps: 64 bits tell two histories of one partition apart. */
export const CUT_CHAIN_DIGITS = 16;

/**
 * All 1,024 placements of a realm, kept as one item in the directory, so that a flip of many
 * partitions is one atomic conditional write and a refresh is one read.
 */
export interface PlacementTable {
  readonly realm: Realm;
  /** Grows by one at each write; routers and cells refuse an older table than the one they hold. */
  readonly version: number;
  readonly placements: readonly Placement[];
}

/** Wire and disk form: cells and evacuations are named once, slots point at them by index. */
export interface EncodedPlacementTable {
  readonly realm: string;
  readonly version: number;
  readonly cells: readonly string[];
  /** Evacuations that cuts name; missing in what was written before there were cuts. */
  readonly plans?: readonly string[];
  /**
   * Slots joined by `;`, each `primaryIndex,standbyIndex or -1,epoch`, and where there is a cut
   * `,planIndex,p or e,version,chain` as well. 8 KB without cuts, 40 KB with a cut in every slot. A
   * reader that knows of no cuts leaves the last four out by itself.
   */
  readonly slots: string;
}

/** The placement of a partition in its realm's table. */
export function placementOf(table: PlacementTable, partition: Partition): Placement {
  return table.placements[slotOf(partition)] as Placement;
}

/** Names each text once and gives the index of it. */
function createNameList() {
  const names: string[] = [];
  const indexOf = new Map<string, number>();
  return {
    names,
    index: (name: string): number => {
      const known = indexOf.get(name);
      if (known !== undefined) return known;
      indexOf.set(name, names.length);
      return names.push(name) - 1;
    },
  };
}

/** Writes a table in its wire form. */
export function encodePlacements(table: PlacementTable): EncodedPlacementTable {
  const cells = createNameList();
  const plans = createNameList();
  const encodeCut = (cut: PlacementCut | undefined): string =>
    cut === undefined
      ? ''
      : `,${plans.index(cut.plan)},${cut.mode === 'planned' ? 'p' : 'e'},${cut.version},${cut.chain}`;
  const slots = table.placements
    .map(({ primary, standby, epoch, cut }) => {
      const second = standby === undefined ? -1 : cells.index(standby);
      return `${cells.index(primary)},${second},${epoch}${encodeCut(cut)}`;
    })
    .join(';');
  return {
    realm: table.realm,
    version: table.version,
    cells: cells.names,
    ...(plans.names.length > 0 && { plans: plans.names }),
    slots,
  };
}

const CHAIN_PATTERN = /^[0-9a-f]{16}$/;
const VERSION_PATTERN = /^\d{1,18}$/;

function decodeCut(fields: readonly string[], plans: readonly string[]): PlacementCut | undefined {
  const [planIndex = '', mode, version = '', chain = ''] = fields;
  const plan = plans[Number(planIndex)];
  if (plan === undefined || !VERSION_PATTERN.test(version) || !CHAIN_PATTERN.test(chain)) {
    return undefined;
  }
  if (mode !== 'p' && mode !== 'e') return undefined;
  return {
    plan,
    mode: mode === 'p' ? 'planned' : 'emergency',
    version: BigInt(version),
    chain,
  };
}

/**
 * Reads the wire form.
 * @throws TypeError where it is damaged; whoever reads keeps the last good table then.
 */
export function decodePlacements(encoded: EncodedPlacementTable): PlacementTable {
  const parts = encoded.slots.split(';');
  if (parts.length !== SLOTS_PER_REALM) {
    throw new TypeError(`placement table of ${encoded.realm} has ${parts.length} slots`);
  }
  const damaged = (slot: number): never => {
    throw new TypeError(`placement table of ${encoded.realm} is damaged at slot ${slot}`);
  };
  const placements = parts.map((part, slot): Placement => {
    const [primaryIndex, standbyIndex, epochText, ...cutFields] = part.split(',');
    const primary = encoded.cells[Number(primaryIndex ?? -1)];
    const epoch = Number(epochText);
    if (primary === undefined || !Number.isSafeInteger(epoch) || epoch < 1) return damaged(slot);
    const standby = encoded.cells[Number(standbyIndex ?? -1)];
    const placed = { primary: primary as CellId, standby: standby as CellId | undefined, epoch };
    if (cutFields.length === 0) return placed;
    const cut = decodeCut(cutFields, encoded.plans ?? []);
    return cut === undefined ? damaged(slot) : { ...placed, cut };
  });
  return { realm: encoded.realm as Realm, version: encoded.version, placements };
}
