import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readBenchmarks } from '../../capacity/measured.ts';
import { drawCapacity, renderCapacity } from '../../capacity/report.ts';
import { fail } from '../fleet/fault.ts';
import { say } from './operation.ts';
import { readWords } from './words.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const BENCHMARKS = at('docs/benchmarks.md');
const PAGE = at('docs/explanation/capacity.md');
const PLOT = at('docs/explanation/capacity.svg');
/** Figures that the page was made from. */
const FIGURES = at('infra-cdktf/capacity/figures.json');
const MARKS = ['<!-- capacity: begin -->', '<!-- capacity: end -->'] as const;

/** What the promised load needs and costs, by the figures of the benchmarks; `--write` puts it into the page. */
export async function runCapacity(words: readonly string[]): Promise<number> {
  const { values } = readWords(words, { write: { type: 'boolean' } });
  const measured = readBenchmarks(await readFile(BENCHMARKS, 'utf8'));
  const text = renderCapacity(measured);
  if (values.write !== true) {
    say(text);
    return 0;
  }
  const page = await readFile(PAGE, 'utf8');
  await writeFile(PAGE, replacePart(page, text));
  await writeFile(PLOT, await drawCapacity(measured));
  await writeFile(FIGURES, `${JSON.stringify(measured, null, 2)}\n`);
  say(`written to ${PAGE}, ${PLOT} and ${FIGURES}`);
  return 0;
}

/** The page with what stands between the marks replaced. */
export function replacePart(page: string, text: string): string {
  const [begin, end] = MARKS.map((mark) => page.indexOf(mark));
  if (begin === undefined || end === undefined || begin < 0 || end < begin) {
    return fail(`${PAGE} has lost its marks.`, `Put ${MARKS.join(' and ')} into it.`);
  }
  return `${page.slice(0, begin)}${MARKS[0]}\n\n${text}\n\n${page.slice(end)}`;
}
