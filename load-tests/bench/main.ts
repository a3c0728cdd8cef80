import { parseArgs } from 'node:util';
import { startFleet } from '../harness/fleet-process.ts';
import { listBuyableVariants } from './buyers.ts';
import { listProducts, startBareServer } from './pages.ts';
import {
  describeMachine,
  formatSection,
  formatMeasurements,
  writeDocument,
  writeDrawings,
} from './report.ts';
import type { BenchContext, StandAloneSuite, Suite, SuiteResult } from './suite.ts';
import { checkout } from './suites/checkout.ts';
import { containment } from './suites/containment.ts';
import { htmlPages } from './suites/html-pages.ts';
import { importing } from './suites/importing.ts';
import { productRead } from './suites/product-read.ts';
import { race } from './suites/race.ts';
import { router } from './suites/router.ts';
import { search } from './suites/search.ts';
import { seeding } from './suites/seeding.ts';
import { sqlLimit } from './suites/sql-limit.ts';
import { standby } from './suites/standby.ts';
import { standbyFar } from './suites/standby-far.ts';

/** `npm run bench [-- NAME… --write]`: starts fleets, measures, and removes them. */

/** In the order in which they run; the last one of a fleet uses it up. */
const SUITES: readonly (Suite | StandAloneSuite)[] = [
  productRead,
  router,
  containment,
  htmlPages,
  search,
  checkout,
  race,
  sqlLimit,
  standby,
  standbyFar,
  seeding,
  importing,
];
const PAGES = 50;

const HELP = `Measures the platform against baselines in the same run.

  npm run bench -- [suites] [flags]

  suites     ${SUITES.map(({ name }) => name).join(' ')}; all of them where none is named
  --write    put the results into docs/benchmarks.md
  --help     this text
`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function chooseSuites(names: readonly string[]): readonly (Suite | StandAloneSuite)[] {
  const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    throw new RangeError(`There is no suite "${unknown}". See "npm run bench -- --help".`);
  }
  return SUITES.filter(({ name }) => names.length === 0 || names.includes(name));
}

function tell({ measurements, notes }: SuiteResult): void {
  for (const line of [...formatMeasurements(measurements), ...notes]) say(line);
}

async function measure(suites: readonly Suite[]): Promise<SuiteResult[]> {
  const { otherCells = [], hasLine = false } = suites[0] ?? {};
  say(`Starting a fleet with ${otherCells.length + 1} cells`);
  const fleet = await startFleet(otherCells, hasLine);
  // A Ctrl-C reaches the fleet too; its data is removed by the next run.
  try {
    const products = await listProducts(fleet.cellPort, PAGES);
    const handles = products.map(({ handle }) => handle);
    const bare = await startBareServer(fleet.cellPort, handles);
    const context: BenchContext = {
      fleet,
      bare,
      handles,
      variantIds: await listBuyableVariants(fleet.cellPort),
      receipts: [],
      say,
    };
    const results: SuiteResult[] = [];
    for (const suite of suites) {
      say(`\n${suite.name}`);
      const result = await suite.run(context);
      results.push(result);
      tell(result);
    }
    await bare.stop();
    return results;
  } finally {
    await fleet.remove();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { write: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const chosen = chooseSuites(positionals);
  const suites = chosen.filter((suite) => 'run' in suite);
  const machine = describeMachine();
  const results: SuiteResult[] = [];
  const fleetOf = ({ otherCells = [], hasLine = false }: Suite): string =>
    `${otherCells.join()} ${hasLine}`;
  for (const group of Map.groupBy(suites, fleetOf).values()) {
    results.push(...(await measure(group)));
  }
  for (const suite of chosen) {
    if ('run' in suite) continue;
    say(`\n${suite.name}`);
    const result = await suite.runAlone(say);
    results.push(result);
    tell(result);
  }
  if (values.write === true) {
    await writeDocument(results.map((result) => formatSection(machine, result)));
    for (const { drawings } of results) await writeDrawings(drawings);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
