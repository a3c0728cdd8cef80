import { type Sql, type SqlReader, statement } from '@commerce/engines/sql/sql';
import { type ChangeRecord, nextChain } from './change-log.ts';
import type { PartitionTable } from './tables.ts';

/**
 * Applies log records to a copy of their partition, in order and exactly once: rows, log record and
 * position change in one transaction that is guarded by `role = 'standby'` and `version - 1`.
 */

/** A record that does not follow on the copy's position, or whose chain does not fit. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}

const advanceStandby = statement<{ chain: string }>(
  'replay.advance',
  `UPDATE partitions SET version = $3, epoch = $2
   WHERE partition = $1 AND role = 'standby' AND version = $3 - 1 AND epoch <= $2
   RETURNING chain`,
);
const insertRecord = statement(
  'replay.insert-record',
  `WITH logged AS (
     INSERT INTO change_log (partition, epoch, version, chain, schema, changes, events, logged_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   )
   UPDATE partitions SET chain = $4 WHERE partition = $1`,
);
const splitChanges = statement<{ table: string; op: 'upsert' | 'delete'; row: string }>(
  'replay.split-changes',
  `SELECT c.value->>'table' AS "table", c.value->>'op' AS op, (c.value->'row')::text AS "row"
   FROM json_array_elements($1::json) AS c (value)`,
);

interface TableStatements {
  readonly upsert: ReturnType<typeof statement>;
  readonly delete: ReturnType<typeof statement>;
}

function statementsOf(table: PartitionTable): TableStatements {
  const rest = Object.keys(table.columns).filter((column) => !table.key.includes(column));
  const columns = Object.keys(table.columns).map((column) => `"${column}"`);
  const key = table.key.map((column) => `"${column}"`).join(', ');
  const assignments = rest.map((column) => `"${column}" = EXCLUDED."${column}"`).join(', ');
  return {
    upsert: statement(
      `replay.upsert.${table.name}`,
      `INSERT INTO ${table.name} (${columns.join(', ')})
       SELECT ${columns.join(', ')} FROM json_populate_record(NULL::${table.name}, $1::json)
       ON CONFLICT (${key}) DO ${rest.length === 0 ? 'NOTHING' : `UPDATE SET ${assignments}`}`,
    ),
    delete: statement(
      `replay.delete.${table.name}`,
      `DELETE FROM ${table.name} WHERE (${key}) IN
         (SELECT ${key} FROM json_populate_record(NULL::${table.name}, $1::json))`,
    ),
  };
}

export interface Replay {
  /**
   * Applies one record.
   * @throws DivergedError where it is not the next one, or its chain differs from the copy's
   */
  apply(record: ChangeRecord): Promise<void>;
}

/** @param tables every table that a record may hold rows of */
export function createReplay(sql: Sql, tables: readonly PartitionTable[]): Replay {
  const statements = new Map(tables.map((table) => [table.name, statementsOf(table)]));

  const applyRows = async (transaction: SqlReader, record: ChangeRecord): Promise<void> => {
    for (const change of await transaction.query(splitChanges, [record.changes])) {
      const known = statements.get(change.table);
      if (known === undefined) {
        throw new DivergedError(`the log names a table "${change.table}" that is unknown here`);
      }
      await transaction.query(known[change.op], [change.row]);
    }
  };

  return {
    async apply(record) {
      await sql.transaction('replay.apply', async (transaction) => {
        const { partition, epoch, version } = record;
        const [before] = await transaction.query(advanceStandby, [partition, epoch, version]);
        if (before === undefined) {
          throw new DivergedError(`${epoch}.${version} is not the next position of ${partition}`);
        }
        if (nextChain(before.chain, record) !== record.chain) {
          throw new DivergedError(`the chain of ${partition} breaks at ${epoch}.${version}`);
        }
        await applyRows(transaction, record);
        await transaction.query(insertRecord, [
          partition,
          epoch,
          version,
          record.chain,
          record.schema,
          record.changes,
          record.events,
          record.loggedAt,
        ]);
      });
    },
  };
}
