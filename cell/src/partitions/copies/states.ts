import type { CellId, Partition } from '@commerce/contracts/ids';
import type { PartitionRole, PartitionStates } from '@commerce/contracts/partition-control';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import { LOG_SCHEMA } from '../change-log.ts';
import type { Copy, CopyState } from './copy-store.ts';

/** What this cell tells of the partitions that it holds: to runners, to other cells, to operators. */
export interface StateReader {
  read(filter: {
    readonly role?: PartitionRole | undefined;
    readonly partition?: Partition | undefined;
  }): Promise<PartitionStates>;
}

interface StateRow {
  readonly partition: Partition;
  readonly role: PartitionRole;
  readonly epoch: bigint;
  readonly version: bigint;
  readonly chain: string;
  readonly follows: CellId | null;
  readonly state: CopyState | null;
  readonly problem: string | null;
  readonly copy_plan: string | null;
  readonly last_write_at: Date | null;
}

const readStates = statement<StateRow>(
  'states.read',
  `SELECT p.partition, p.role, p.epoch, p.version, p.chain,
     c.follows, c.state, c.problem, c.plan AS copy_plan,
     (SELECT l.logged_at FROM change_log l WHERE l.partition = p.partition AND l.version = p.version)
       AS last_write_at
   FROM partitions p
   LEFT JOIN partition_copies c ON c.partition = p.partition AND p.role = 'standby'
   WHERE ($1::text IS NULL OR p.role = $1) AND ($2::text IS NULL OR p.partition = $2)
   ORDER BY p.partition`,
);

export interface StateReaderDeps {
  readonly sql: SqlReader;
  readonly cell: CellId;
  /** Made anew when the cell's database is made or restored. */
  readonly incarnation: () => string;
  /** Version of the placement table that was taken in. */
  readonly tableVersion: () => number | undefined;
  readonly lagOf: (copy: Pick<Copy, 'partition' | 'version' | 'follows'>) => {
    readonly versions: bigint | null;
    readonly ms: number | null;
  };
  /** The plan that fenced a partition, and its target. */
  readonly fences: () => Promise<
    ReadonlyMap<Partition, { readonly plan: string; readonly target: CellId }>
  >;
}

export function createStateReader(deps: StateReaderDeps): StateReader {
  return {
    async read({ role, partition }) {
      const [rows, fences] = await Promise.all([
        deps.sql.query(readStates, [role ?? null, partition ?? null]),
        deps.fences(),
      ]);
      return {
        cell: deps.cell,
        incarnation: deps.incarnation(),
        logSchema: LOG_SCHEMA,
        tableVersion: deps.tableVersion() ?? null,
        states: rows.map((row) => {
          const lag =
            row.follows === null ? undefined : deps.lagOf({ ...row, follows: row.follows });
          const fence = row.role === 'fenced' ? fences.get(row.partition) : undefined;
          return {
            partition: row.partition,
            role: row.role,
            epoch: Number(row.epoch),
            version: String(row.version),
            chain: row.chain,
            follows: row.follows,
            copy: row.state,
            copyProblem: row.problem,
            lagVersions: lag?.versions === undefined || lag.versions === null ? null : String(lag.versions),
            lagMs: lag?.ms ?? null,
            plan: fence?.plan ?? null,
            target: fence?.target ?? null,
            lastWriteAt: row.last_write_at?.toISOString() ?? null,
          };
        }),
      };
    },
  };
}
