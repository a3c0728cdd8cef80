import type { CellId, Partition } from '@commerce/contracts/ids';
import type {
  PartitionRole,
  PartitionStates,
  Quarantine,
} from '@commerce/contracts/partition-control';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import { LOG_SCHEMA } from '../change-log.ts';
import { readIncarnation } from '../roles/incarnation-store.ts';
import type { Copy, CopyState } from './copy-store.ts';

/** What this cell tells of the partitions that it holds: to runners, to other cells, to operators. */
export interface StateReader {
  read(filter: {
    readonly role?: PartitionRole | undefined;
    readonly partitions?: readonly Partition[] | undefined;
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
  readonly fence_plan: string | null;
  readonly target: CellId | null;
  readonly last_write_at: Date | null;
}

const readStates = statement<StateRow>(
  'states.read',
  `SELECT p.partition, p.role, p.epoch, p.version, p.chain,
     c.follows, c.state, c.problem, f.plan AS fence_plan, f.target,
     (SELECT l.logged_at FROM change_log l WHERE l.partition = p.partition AND l.version = p.version)
       AS last_write_at
   FROM partitions p
   LEFT JOIN partition_copies c ON c.partition = p.partition AND p.role = 'standby'
   LEFT JOIN partition_fences f ON f.partition = p.partition AND p.role = 'fenced'
   WHERE ($1::text IS NULL OR p.role = $1) AND ($2::text[] IS NULL OR p.partition = ANY($2))
   ORDER BY p.partition`,
);

export interface StateReaderDeps {
  readonly sql: SqlReader;
  readonly cell: CellId;
  /** Version of the placement table that was taken in. */
  readonly tableVersion: () => number | undefined;
  /** Why this cell may not write; undefined where it may. */
  readonly quarantine: () => Quarantine | undefined;
  readonly lagOf: (copy: Pick<Copy, 'partition' | 'version' | 'follows'>) => {
    readonly versions: bigint | null;
    readonly ms: number | null;
  };
}

export function createStateReader(deps: StateReaderDeps): StateReader {
  return {
    async read({ role, partitions }) {
      const [rows, incarnation] = await Promise.all([
        deps.sql.query(readStates, [role ?? null, partitions ?? null]),
        readIncarnation(deps.sql),
      ]);
      return {
        cell: deps.cell,
        incarnation: incarnation.incarnation,
        quarantine: deps.quarantine() ?? null,
        logSchema: LOG_SCHEMA,
        tableVersion: deps.tableVersion() ?? null,
        states: rows.map((row) => {
          const lag =
            row.follows === null ? undefined : deps.lagOf({ ...row, follows: row.follows });
          return {
            partition: row.partition,
            role: row.role,
            epoch: Number(row.epoch),
            version: String(row.version),
            chain: row.chain,
            follows: row.follows,
            copy: row.state,
            copyProblem: row.problem,
            lagVersions:
              lag?.versions === undefined || lag.versions === null ? null : String(lag.versions),
            lagMs: lag?.ms ?? null,
            plan: row.fence_plan,
            target: row.target,
            lastWriteAt: row.last_write_at?.toISOString() ?? null,
          };
        }),
      };
    },
  };
}
