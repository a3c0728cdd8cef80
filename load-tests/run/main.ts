import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { attachFleet, type OwnFleet, startWholeFleet } from '../harness/whole-fleet.ts';
import { checkBooks } from '../books/check-books.ts';
import { findK6, MissingK6 } from './k6-binary.ts';
import { loadHelp, LoadOptionFault, type LoadOptions, parseLoadOptions } from './options.ts';
import { evacuateAndReturn } from './meanwhile.ts';
import { makeResult, type LoadResult } from './result.ts';
import { renderReport } from './report.ts';
import { runK6 } from './run-k6.ts';
import { SUITES } from './suites.ts';
import { formatResult } from './text.ts';

/** `npm run load -- SUITE [flags]`: see `--help`. */

const EXIT_CODES = { holds: 0, broken: 1, unknown: 2 } as const;
const EXIT_USAGE = 78;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const suite = SUITES.find(({ name }) => name === options.suite);
  if (suite === undefined) throw new LoadOptionFault(`There is no suite "${options.suite}".`);
  const binary = await findK6(process.env, say);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopping.abort());
  }
  let own: OwnFleet | undefined;
  try {
    if (options.url === undefined) {
      say(`Starting a fleet of ${options.cells.length} cells for the run`);
      own = await startWholeFleet({ cells: options.cells, products: options.products });
    }
    const fleet = own ?? (await attachFleet(options.url ?? '', path.resolve(options.dataDir)));
    const runId = `load-${Date.now().toString(36)}`;
    say(`${suite.title}: ${options.vus} shoppers for ${options.duration} at ${fleet.routerUrl}`);
    const [home = ''] = fleet.cells;
    const meanwhile = suite.evacuates === true ? evacuateAndReturn(fleet, home) : undefined;
    const run = await runK6(
      binary,
      suite.script,
      {
        BASE_URL: fleet.routerUrl,
        RUN_ID: runId,
        VUS: String(options.vus),
        DURATION: options.duration,
        COUNTRY: options.country,
        PLACE_ORDER_P95_MS: String(options.placeOrderP95Ms),
      },
      stopping.signal,
    );
    const deeds = (await meanwhile) ?? [];
    const books = await checkBooks(fleet, run.journal);
    return makeResult({ suite, options, run, deeds, books, runId, isOwnFleet: own !== undefined });
  } finally {
    await own?.remove();
  }
}

async function main(): Promise<void> {
  const names = SUITES.map(({ name }) => name);
  const options = parseLoadOptions(process.argv.slice(2), names);
  if (options === undefined) {
    process.stdout.write(loadHelp(names));
    return;
  }
  const result = await runLoad(options);
  for (const line of formatResult(result)) say(line);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
  }
  if (options.report !== undefined) {
    await writeFile(options.report, renderReport(result));
    say(`The report is in ${path.resolve(options.report)}`);
  }
  process.exitCode = EXIT_CODES[result.verdict];
}

main().catch((error: unknown) => {
  const isUsage = error instanceof LoadOptionFault || error instanceof MissingK6;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(isUsage ? EXIT_USAGE : EXIT_CODES.broken);
});
