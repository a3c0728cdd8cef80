import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import { type Finding, FINDINGS_KEPT_MAX } from './findings.ts';

/** SQL of what imports found. */

const insertFindings = statement(
  'imports.write_findings',
  `INSERT INTO catalog_import_findings
     (import_id, number, line, column_name, handle, severity, code, field, detail)
   SELECT $1, number, line, column_name, handle, severity, code, field, detail
   FROM unnest($2::int4[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
     $9::text[])
     AS given (number, line, column_name, handle, severity, code, field, detail)`,
);

/** Adds findings after the first `count` of an import; those beyond the limit are not kept. */
export async function writeFindings(
  sql: SqlReader,
  importId: string,
  count: number,
  findings: readonly Finding[],
): Promise<void> {
  const kept = findings.slice(0, Math.max(0, FINDINGS_KEPT_MAX - count));
  if (kept.length === 0) return;
  await sql.query(insertFindings, [
    importId,
    kept.map((_, index) => count + index),
    kept.map(({ line }) => line) as number[],
    kept.map(({ column }) => column) as string[],
    kept.map(({ handle }) => handle) as string[],
    kept.map(({ severity }) => severity),
    kept.map(({ code }) => code),
    kept.map(({ field }) => field) as string[],
    kept.map(({ detail }) => detail),
  ]);
}

interface FindingRow extends Omit<Finding, 'column'> {
  readonly number: number;
  readonly column_name: string | null;
}

const COLUMNS = 'number, line, column_name, handle, severity, code, field, detail';

const toFinding = ({ number: _, column_name: column, ...finding }: FindingRow): Finding => ({
  ...finding,
  column,
});

const first = statement<FindingRow>(
  'imports.first_findings',
  `SELECT ${COLUMNS} FROM catalog_import_findings WHERE import_id = $1 AND severity = $2
   ORDER BY number LIMIT $3`,
);
export const firstFindings = async (
  sql: SqlReader,
  importId: string,
  severity: Finding['severity'],
  limit: number,
) => (await sql.query(first, [importId, severity, limit])).map(toFinding);

const page = statement<FindingRow>(
  'imports.page_findings',
  `SELECT ${COLUMNS} FROM catalog_import_findings WHERE import_id = $1 AND number > $2
   ORDER BY number LIMIT $3`,
);
const PAGE = 500;

/** All findings that are kept, in the order in which they were found. */
export async function* readFindings(sql: SqlReader, importId: string): AsyncGenerator<Finding> {
  for (let after = -1; ; ) {
    const rows = await sql.query(page, [importId, after, PAGE]);
    for (const row of rows) yield toFinding(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.number;
  }
}

const forget = statement(
  'imports.delete_findings',
  'DELETE FROM catalog_import_findings WHERE import_id = $1',
);
export const deleteFindings = (sql: SqlReader, importId: string) => sql.query(forget, [importId]);
