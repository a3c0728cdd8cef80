import { type Statement, statement } from '@commerce/engines/sql/sql';
import type { PartitionTable } from './tables.ts';

/** Columns that the database adds to every logged write: the row as its own JSON text. */
export interface RowImage {
  readonly image: string;
}

/** A statement that changes rows of one partition table and gives back the image of each. */
export interface WriteStatement<Row> {
  readonly table: PartitionTable;
  readonly kind: 'upsert' | 'delete';
  readonly statement: Statement<Row & RowImage>;
}

/**
 * Makes a logged write.
 * @param name unique, such as `carts.insert`
 * @param text INSERT, UPDATE or DELETE of the table under the alias `t`, without RETURNING
 * @param returning columns that the caller wants back beside the image, such as `t.id, t.state`
 * @throws TypeError where the text writes another table or has no alias `t`
 */
export function writeStatement<Row = unknown>(
  table: PartitionTable,
  name: string,
  text: string,
  returning = '',
): WriteStatement<Row> {
  const verb = /^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)\s+AS\s+t\b/i.exec(text);
  if (verb?.[1] !== table.name || /\bRETURNING\b/i.test(text)) {
    throw new TypeError(`${name} must write ${table.name} AS t, without RETURNING`);
  }
  const columns = returning === '' ? '' : `${returning}, `;
  return Object.freeze({
    table,
    kind: /^\s*DELETE/i.test(text) ? ('delete' as const) : ('upsert' as const),
    statement: statement<Row & RowImage>(
      name,
      `${text} RETURNING ${columns}row_to_json(t)::text AS image`,
    ),
  });
}
