import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The page of measurements: what runs write into it stands between marks, the rest is written by people. */

const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

/** Folder of the page, for pictures beside it. */
export const PAGE_FOLDER = path.dirname(PAGE);

/** Lines of a table with columns as wide as they need, in Markdown's form; the first row is the head. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const [head = []] = rows;
  const widths = head.map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0] ?? '', rule, ...lines.slice(1)];
}

/**
 * A page with new text between the marks of a name, `<!-- name: begin -->` and `<!-- name: end -->`.
 * @param change given what stands there
 * @throws Error where the marks are gone
 */
export function changeBetweenMarks(
  page: string,
  name: string,
  change: (text: string) => string,
): string {
  const mark = `<!-- ${name}: begin -->`;
  const begin = page.indexOf(mark) + mark.length;
  const end = page.indexOf(`<!-- ${name}: end -->`);
  if (begin < mark.length || end < begin) {
    throw new Error(`${PAGE} has lost the marks of its table "${name}"`);
  }
  return `${page.slice(0, begin)}\n\n${change(page.slice(begin, end))}\n\n${page.slice(end)}`;
}

/** The same with the page itself. @throws Error as `changeBetweenMarks` */
export async function changePage(name: string, change: (text: string) => string): Promise<void> {
  await writeFile(PAGE, changeBetweenMarks(await readFile(PAGE, 'utf8'), name, change));
}
