import { createHash } from 'node:crypto';
import { type CellId, type Partition, parsePartition } from '@commerce/contracts/ids';
import type {
  PartitionPoint,
  PartitionState,
  PartitionStates,
} from '@commerce/contracts/partition-control';
import { CUT_CHAIN_DIGITS, placementOf } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import { type CellControl, ControlFault } from './ports.ts';

/**
 * Cells reduced to what the protocol says of them, in memory, so that thousands of crashes of a
 * runner can be tried. What real cells make of the protocol is tested with real cells.
 */

interface ModelPartition {
  role: PartitionState['role'];
  epoch: number;
  version: number;
  chain: string;
  follows: CellId | null;
  copy: PartitionState['copy'];
  plan: string | null;
  target: CellId | null;
}

/** Called before and after each effect of a call; throws what the caller shall see. */
export type Interrupt = (moment: 'before' | 'after', call: string) => void;

export const GENESIS = '0'.repeat(64);

export class ModelCell implements CellControl {
  readonly cell: CellId;
  readonly partitions = new Map<Partition, ModelPartition>();
  isSilent = false;
  /** Partitions whose standby here does not catch up. */
  readonly stuck = new Set<Partition>();
  readonly #world: ModelWorld;

  constructor(world: ModelWorld, cell: CellId) {
    this.cell = cell;
    this.#world = world;
  }

  async #call<Result>(name: string, effect: () => Promise<Result> | Result): Promise<Result> {
    this.#world.interrupt('before', name);
    if (this.isSilent) throw new ControlFault('silent', `${this.cell} does not answer`);
    const result = await effect();
    this.#world.interrupt('after', name);
    return result;
  }

  #of(partition: Partition): ModelPartition {
    const known = this.partitions.get(partition);
    if (known !== undefined) return known;
    const made: ModelPartition = {
      role: 'absent',
      epoch: 1,
      version: 0,
      chain: GENESIS,
      follows: null,
      copy: null,
      plan: null,
      target: null,
    };
    this.partitions.set(partition, made);
    return made;
  }

  /** A shopper's write. @returns whether it was committed */
  write(partition: Partition): boolean {
    const entry = this.#of(partition);
    if (entry.role !== 'primary' || this.isSilent) return false;
    entry.version += 1;
    entry.chain = nextChain(entry.chain, this.cell, entry.epoch);
    this.#world.committed(this.cell, partition, entry);
    return true;
  }

  /** A standby takes over what its primary has, as following the log does. */
  catchUp(partition: Partition): void {
    const entry = this.#of(partition);
    if (entry.role !== 'standby' || entry.follows === null || this.stuck.has(partition)) return;
    const source = this.#world.cell(entry.follows);
    const head = source.partitions.get(partition);
    if (head === undefined || source.isSilent || head.version < entry.version) return;
    if (head.role !== 'primary' && head.role !== 'fenced') return;
    Object.assign(entry, { version: head.version, chain: head.chain, epoch: head.epoch });
    entry.copy = 'following';
  }

  #stateOf(partition: Partition): PartitionState {
    const entry = this.#of(partition);
    const head = entry.follows === null ? undefined : this.#world.cell(entry.follows);
    const ahead = (head?.partitions.get(partition)?.version ?? 0) - entry.version;
    return {
      partition,
      role: entry.role,
      epoch: entry.epoch,
      version: String(entry.version),
      chain: entry.chain,
      follows: entry.follows,
      copy: entry.role === 'standby' ? entry.copy : null,
      copyProblem: null,
      lagVersions: entry.role === 'standby' ? String(Math.max(0, ahead)) : null,
      lagMs: null,
      plan: entry.plan,
      target: entry.target,
      lastWriteAt: null,
    };
  }

  states(partitions: readonly Partition[] = [...this.partitions.keys()]): Promise<PartitionStates> {
    return this.#call('states', () => {
      for (const partition of this.partitions.keys()) this.catchUp(partition);
      return {
        cell: this.cell,
        incarnation: 'model',
        logSchema: 1,
        tableVersion: 1,
        states: partitions.map((partition) => this.#stateOf(partition)),
      };
    });
  }

  seed(plan: string, from: CellId, partitions: readonly Partition[]): Promise<void> {
    return this.#call('seed', () => {
      for (const partition of partitions) {
        const entry = this.#of(partition);
        if (entry.role === 'primary' || entry.role === 'fenced') continue;
        Object.assign(entry, { role: 'standby', follows: from, copy: 'seeding', plan });
      }
    });
  }

  digest(partitions: readonly Partition[]) {
    return this.#call('digest', () => {
      const digests = partitions.map((partition) => {
        this.catchUp(partition);
        const { epoch, version, chain } = this.#of(partition);
        const tables = [{ table: 'orders', rows: version, hash: chain }];
        return { partition, epoch, version: String(version), chain, tables };
      });
      return { digests };
    });
  }

  repair(): Promise<void> {
    return this.#call('repair', () => undefined);
  }

  fence(plan: string, target: CellId, partitions: readonly Partition[]) {
    return this.#call('fence', () => {
      const cuts: PartitionPoint[] = [];
      const refused: { partition: string; reason: string }[] = [];
      for (const partition of partitions) {
        const entry = this.#of(partition);
        const isOurs = entry.role === 'fenced' && entry.plan === plan && entry.target === target;
        if (entry.role !== 'primary' && !isOurs) {
          refused.push({ partition, reason: `it is ${entry.role}` });
          continue;
        }
        if (!this.#world.isFenceOff) Object.assign(entry, { role: 'fenced', plan, target });
        const { epoch, version, chain } = entry;
        cuts.push({ partition, epoch, version: String(version), chain });
      }
      return { cuts, refused };
    });
  }

  awaitCuts(cuts: readonly PartitionPoint[]) {
    return this.#call('await', () => {
      const answer = {
        reached: [] as string[],
        behind: [] as PartitionPoint[],
        diverged: [] as PartitionPoint[],
      };
      for (const cut of cuts) {
        const partition = parsePartition(cut.partition) as Partition;
        this.catchUp(partition);
        const { version, chain } = this.#of(partition);
        if (version < Number(cut.version)) answer.behind.push(cut);
        else if (chain === cut.chain) answer.reached.push(cut.partition);
        else answer.diverged.push(cut);
      }
      return answer;
    });
  }

  refresh() {
    return this.#call('refresh', async () => {
      const table = await this.#world.directory.readPlacements(this.#world.realm);
      if (table === undefined) throw new TypeError('no table');
      const promoted: string[] = [];
      const demoted: string[] = [];
      const waiting: { partition: string; reason: string }[] = [];
      for (const [partition, entry] of this.partitions) {
        const { primary, epoch, cut } = placementOf(table, partition);
        if (epoch <= entry.epoch && entry.role !== 'standby') continue;
        if (primary === this.cell && entry.role === 'standby') {
          const isThere = cut !== undefined && BigInt(entry.version) === cut.version;
          const isSame = entry.chain.slice(0, CUT_CHAIN_DIGITS) === cut?.chain;
          if (cut?.mode === 'emergency' || (isThere && isSame)) {
            Object.assign(entry, {
              role: 'primary',
              epoch,
              follows: null,
              plan: null,
              target: null,
            });
            promoted.push(partition);
          } else waiting.push({ partition, reason: 'not at the cut' });
        }
        if (primary !== this.cell && (entry.role === 'fenced' || entry.role === 'primary')) {
          if (cut === undefined || BigInt(entry.version) !== cut.version) {
            this.#world.diverged.push(`${partition} in ${this.cell}`);
            continue;
          }
          Object.assign(entry, { role: 'standby', epoch, follows: primary, copy: 'following' });
          Object.assign(entry, { plan: null, target: null });
          demoted.push(partition);
        }
      }
      return { tableVersion: table.version, promoted, demoted, waiting };
    });
  }

  release(_plan: string, partitions: readonly Partition[]): Promise<void> {
    return this.#call('release', async () => {
      const table = await this.#world.directory.readPlacements(this.#world.realm);
      for (const partition of partitions) {
        const entry = this.#of(partition);
        const placement = table && placementOf(table, partition);
        if (placement?.primary !== this.cell || placement.epoch <= entry.epoch) continue;
        if (entry.role !== 'fenced') continue;
        Object.assign(entry, { role: 'primary', epoch: placement.epoch, plan: null, target: null });
      }
    });
  }

  load(): Promise<never> {
    return this.#call('load', () => {
      throw new ControlFault('refused', 'a model has no load');
    });
  }

  sizes(): Promise<never> {
    return this.#call('sizes', () => {
      throw new ControlFault('refused', 'a model has no rows');
    });
  }

  isReady(): Promise<boolean> {
    return Promise.resolve(!this.isSilent);
  }
}

function nextChain(chain: string, cell: CellId, epoch: number): string {
  return createHash('sha256').update(`${chain} ${cell} ${epoch}`).digest('hex');
}

/** All cells of a realm, with a record of every commit. */
export class ModelWorld {
  readonly directory: Directory;
  readonly realm: Parameters<Directory['readPlacements']>[0];
  readonly diverged: string[] = [];
  /** The negative control: cells that don't stop at a fence. */
  isFenceOff = false;
  interrupt: Interrupt = () => undefined;
  readonly #cells = new Map<CellId, ModelCell>();
  readonly #writers = new Map<string, CellId>();
  readonly #heads = new Map<Partition, { version: number; chain: string }>();
  readonly offences: string[] = [];

  constructor(directory: Directory, realm: Parameters<Directory['readPlacements']>[0]) {
    this.directory = directory;
    this.realm = realm;
  }

  cell(id: CellId): ModelCell {
    const known = this.#cells.get(id);
    if (known !== undefined) return known;
    const made = new ModelCell(this, id);
    this.#cells.set(id, made);
    return made;
  }

  place(partition: Partition, primary: CellId, standby: CellId | undefined, epoch = 1): void {
    const common = { epoch, version: 0, chain: GENESIS, plan: null, target: null };
    this.cell(primary).partitions.set(partition, {
      ...common,
      role: 'primary',
      follows: null,
      copy: null,
    });
    if (standby === undefined) return;
    this.cell(standby).partitions.set(partition, {
      ...common,
      role: 'standby',
      follows: primary,
      copy: 'following',
    });
  }

  /** I4: one cell an epoch; I1: every commit goes on from the last one. */
  committed(cell: CellId, partition: Partition, entry: ModelPartition): void {
    const key = `${partition} ${entry.epoch}`;
    const writer = this.#writers.get(key) ?? cell;
    this.#writers.set(key, writer);
    if (writer !== cell) this.offences.push(`${key}: ${writer} and ${cell} commit at one epoch`);
    const head = this.#heads.get(partition);
    if (head !== undefined && entry.version !== head.version + 1) {
      this.offences.push(`${partition}: ${entry.version} was committed after ${head.version}`);
    }
    this.#heads.set(partition, { version: entry.version, chain: entry.chain });
  }

  primariesOf(partition: Partition): readonly CellId[] {
    return [...this.#cells.values()]
      .filter((cell) => cell.partitions.get(partition)?.role === 'primary')
      .map(({ cell }) => cell);
  }

  headOf(partition: Partition): number {
    return this.#heads.get(partition)?.version ?? 0;
  }
}
