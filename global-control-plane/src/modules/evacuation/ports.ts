import type { CellLoad, PartitionSizes } from '@commerce/contracts/cell-load';
import type { CellId, Partition } from '@commerce/contracts/ids';
import type {
  AwaitAnswer,
  DigestAnswer,
  FenceAnswer,
  PartitionPoint,
  PartitionStates,
  RefreshAnswer,
} from '@commerce/contracts/partition-control';
import type { Position } from '@commerce/contracts/positions';

/**
 * What an evacuation needs of the world besides the directory. Every call may be made twice, and a
 * call whose answer was lost may have been done.
 */

/** Why a call to a cell or a router brought nothing. */
export class ControlFault extends Error {
  /** `silent`: nobody answered in time; it may have been done. `refused`: it says no, with a reason. */
  readonly kind: 'silent' | 'refused';
  constructor(kind: 'silent' | 'refused', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ControlFault';
    this.kind = kind;
  }
}

/** One cell, as far as partitions are concerned. Every method throws {@link ControlFault}. */
export interface CellControl {
  readonly cell: CellId;
  /** All partitions that it knows, or those that are named. */
  states(partitions?: readonly Partition[]): Promise<PartitionStates>;
  /** Starts copying from a cell, or goes on; the states tell when it follows. */
  seed(plan: string, from: CellId, partitions: readonly Partition[]): Promise<void>;
  /** Counts and hashes all rows, each partition at one version. */
  digest(partitions: readonly Partition[]): Promise<DigestAnswer>;
  /** Makes it compare its copies with their primaries, and begin anew those that differ. */
  repair(partitions: readonly Partition[]): Promise<void>;
  /** @param timeoutMs default: that of any call */
  fence(
    plan: string,
    target: CellId,
    partitions: readonly Partition[],
    timeoutMs?: number,
  ): Promise<FenceAnswer>;
  /** Waits, at most so long, until the cuts are reached. */
  awaitCuts(cuts: readonly PartitionPoint[], waitMs: number): Promise<AwaitAnswer>;
  /** Makes it read the directory now. */
  refresh(): Promise<RefreshAnswer>;
  /** Makes a fenced cell primary again at the epoch that the directory has burnt for it. */
  release(plan: string, partitions: readonly Partition[]): Promise<void>;
  load(): Promise<CellLoad>;
  sizes(partitions: readonly Partition[]): Promise<PartitionSizes>;
  /** Whether it says that it is ready to serve. Never throws. */
  isReady(): Promise<boolean>;
}

export type CellControlOf = (cell: CellId) => CellControl;

export interface RouterStatus {
  /** Version of the table of each realm. */
  readonly realms: ReadonlyMap<string, number>;
  /** `directory`, or `disk` where it has started without one. */
  readonly source: string;
  readonly ageMs: number | null;
  /** What carries its requests, with the version of HAProxy; null where it does not say. */
  readonly plane: string | null;
}

/** One router. Every method throws {@link ControlFault}. */
export interface RouterControl {
  readonly url: string;
  /** Makes it read the directory now, and tells which version of the realm's table it holds then. */
  refresh(realm: string): Promise<number | undefined>;
  status(): Promise<RouterStatus>;
  /** The highest position that it has seen of each partition. */
  positions(): Promise<ReadonlyMap<Partition, Position>>;
}
