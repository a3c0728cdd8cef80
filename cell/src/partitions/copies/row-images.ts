import { statement, type Statement } from '@commerce/engines/sql/sql';
import type { PartitionTable } from '../tables.ts';
import { ScanError, splitArray, splitObject } from './scan-json.ts';

/**
 * Row images of a log record, as they are written into a copy: the last image of each key, table by
 * table, in the database's own text.
 */

/** Why images can't be written here; the copy keeps its position. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';
}

/** One entry of a record's `changes`. */
export interface RowChange {
  readonly table: PartitionTable;
  readonly kind: 'upsert' | 'delete';
  /** Same for two images of the same row. */
  readonly key: string;
  readonly image: string;
  /** Columns that the image has and this cell knows; undefined where they are the table's own. */
  readonly columns: readonly string[] | undefined;
  /** `table.column` of those left out, as the primary allows it. */
  readonly leftOut: readonly string[];
}

/** How a set of tables reads images. */
export interface ImageReader {
  /**
   * Reads the `changes` of a record.
   * @param expansions `table.column` of what may be left out here
   * @throws SchemaTooNewError where a table or a column is unknown here and may not be left out
   */
  read(changes: string, expansions: ReadonlySet<string>): RowChange[];
  /**
   * Which of the columns that another cell has are written here.
   * @returns undefined where they are this cell's own
   * @throws SchemaTooNewError as above
   */
  columnsOf(
    table: string,
    names: Iterable<string>,
    expansions: ReadonlySet<string>,
  ): { readonly columns: readonly string[] | undefined; readonly leftOut: readonly string[] };
  table(name: string): PartitionTable;
}

export function createImageReader(tables: readonly PartitionTable[]): ImageReader {
  const byName = new Map(tables.map((table) => [table.name, table]));

  const find = (name: string): PartitionTable => {
    const table = byName.get(name);
    if (table === undefined) {
      throw new SchemaTooNewError(`the log names a table "${name}" that is unknown here`);
    }
    return table;
  };

  const columnsOf: ImageReader['columnsOf'] = (name, names, expansions) => {
    const table = find(name);
    const own = Object.keys(table.columns);
    const known: string[] = [];
    const leftOut: string[] = [];
    for (const column of names) {
      if (Object.hasOwn(table.columns, column)) known.push(column);
      else if (expansions.has(`${name}.${column}`)) leftOut.push(`${name}.${column}`);
      else {
        throw new SchemaTooNewError(`the log names a column "${name}.${column}" unknown here`);
      }
    }
    const missing = table.key.find((column) => !known.includes(column));
    if (missing !== undefined) throw new ScanError(`an image of ${name} has no ${missing}`);
    return { columns: known.length === own.length ? undefined : known, leftOut };
  };

  return {
    table: find,
    columnsOf,
    read(changes, expansions) {
      return splitArray(changes).map((entry): RowChange => {
        const members = splitObject(entry);
        const [name, kind, image] = ['table', 'op', 'row'].map((member) => members.get(member));
        const table = find(name?.slice(1, -1) ?? '');
        if (image === undefined || (kind !== '"upsert"' && kind !== '"delete"')) {
          throw new ScanError('an entry of the log is not well formed');
        }
        const row = splitObject(image);
        const key = table.key.map((column) => row.get(column)).join('\n');
        return {
          table,
          kind: kind === '"delete"' ? 'delete' : 'upsert',
          key,
          image,
          ...columnsOf(table.name, row.keys(), expansions),
        };
      });
    },
  };
}

const quoted = (columns: readonly string[]): string =>
  columns.map((column) => `"${column}"`).join(', ');

/** Statements by table and columns: a roll-out meets two sets of columns, never many. */
const upserts = new Map<string, Statement<Record<string, never>>>();

/**
 * Writes rows, given as the text of a JSON array. Columns that the images do not have keep their
 * value, or get their default.
 */
export function upsertRows(
  table: PartitionTable,
  columns: readonly string[] = Object.keys(table.columns),
): Statement<Record<string, never>> {
  const id = `${table.name} ${columns.join(' ')}`;
  const known = upserts.get(id);
  if (known !== undefined) return known;
  const rest = columns.filter((column) => !table.key.includes(column));
  const assignments = rest.map((column) => `"${column}" = EXCLUDED."${column}"`).join(', ');
  const text = `INSERT INTO ${table.name} (${quoted(columns)})
     SELECT ${quoted(columns)} FROM json_populate_recordset(NULL::${table.name}, $1::json)
     ON CONFLICT (${quoted(table.key)}) DO ${rest.length === 0 ? 'NOTHING' : `UPDATE SET ${assignments}`}`;
  const made = statement(`copies.upsert.${upserts.size}.${table.name}`.slice(0, 63), text);
  upserts.set(id, made);
  return made;
}

const deletions = new Map<string, Statement<Record<string, never>>>();

/** Deletes rows by the keys in their images, given as the text of a JSON array. */
export function deleteRows(table: PartitionTable): Statement<Record<string, never>> {
  const known = deletions.get(table.name);
  if (known !== undefined) return known;
  const key = quoted(table.key);
  const made = statement(
    `copies.delete.${table.name}`,
    `DELETE FROM ${table.name} WHERE (${key}) IN
       (SELECT ${key} FROM json_populate_recordset(NULL::${table.name}, $1::json))`,
  );
  deletions.set(table.name, made);
  return made;
}
