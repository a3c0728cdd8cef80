import type { CellId, Partition } from '@commerce/contracts/ids';
import type { DigestAnswer } from '@commerce/contracts/partition-control';
import type { CellControlOf } from './ports.ts';

/** Two digests of one partition can be compared only where both were taken at one version. */
const ATTEMPTS_MAX = 4;

export interface Verification {
  /** Partitions whose rows are the same, at one version. */
  readonly same: readonly Partition[];
  /** Partitions whose rows differ, with the tables. */
  readonly different: readonly {
    readonly partition: Partition;
    readonly tables: readonly string[];
  }[];
  /** Partitions that were written to all the time, so that no two digests met. */
  readonly unmatched: readonly Partition[];
  /** Rows that were compared. */
  readonly rows: number;
}

type Digest = DigestAnswer['digests'][number];

/** Compares all rows of partitions in two cells, table by table. @throws ControlFault */
export async function verifyCopies(
  cells: CellControlOf,
  primary: CellId,
  standby: CellId,
  partitions: readonly Partition[],
): Promise<Verification> {
  const same: Partition[] = [];
  const different: Verification['different'][number][] = [];
  let rows = 0;
  let left: readonly Partition[] = partitions;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX && left.length > 0; attempt += 1) {
    const [ours, theirs] = await Promise.all(
      [primary, standby].map(async (cell) => byPartition(await cells(cell).digest(left))),
    );
    const unmatched: Partition[] = [];
    for (const partition of left) {
      const [a, b] = [ours?.get(partition), theirs?.get(partition)];
      if (a === undefined || b === undefined || a.version !== b.version) {
        unmatched.push(partition);
        continue;
      }
      const tables = a.chain === b.chain ? differingTables(a, b) : ['change_log'];
      if (tables.length > 0) different.push({ partition, tables });
      else {
        same.push(partition);
        rows += a.tables.reduce((sum, table) => sum + table.rows, 0);
      }
    }
    left = unmatched;
  }
  return { same, different, unmatched: left, rows };
}

function byPartition(answer: DigestAnswer): ReadonlyMap<string, Digest> {
  return new Map(answer.digests.map((digest) => [digest.partition, digest]));
}

function differingTables(a: Digest, b: Digest): readonly string[] {
  const theirs = new Map(b.tables.map((table) => [table.table, table]));
  const names = new Set([...a.tables, ...b.tables].map(({ table }) => table));
  const ours = new Map(a.tables.map((table) => [table.table, table]));
  return [...names].filter((name) => {
    const [one, other] = [ours.get(name), theirs.get(name)];
    return one?.rows !== other?.rows || one?.hash !== other?.hash;
  });
}
