import { type BooksVerdict, checkBooks } from '@commerce/load-tests/books/check-books';
import type { JournalLine } from '@commerce/load-tests/books/journal';
import { type Shoppers, startShoppers } from '@commerce/load-tests/harness/shoppers';
import { readNewestPlan, startCellctl } from './cellctl.ts';
import type { Experiment } from './experiment.ts';
import { watchMove } from './phases.ts';
import { createScene, type Scene, SOURCE, TARGET } from './scene.ts';
import type { RunningStage } from './stage.ts';

export interface ExperimentResult {
  readonly name: string;
  readonly hypothesis: string;
  readonly passed: boolean;
  /** Why it did not pass, in sentences. */
  readonly reasons: readonly string[];
  readonly tookMs: number;
  readonly acknowledged: number;
  readonly degraded: number;
  /** Faults that shoppers of the cells concerned saw, all of them passing. */
  readonly faults: number;
  readonly longestRequestMs: number;
  readonly books: BooksVerdict | undefined;
  /** Whether the fleet is as it was before, so that the next experiment may begin on it. */
  readonly isReset: boolean;
}

const SHOPPERS = 3;
/** Fewer, so that a machine with two cores is left to those who are tested. */
const WITNESS_PAUSE_MS = 400;
/** Orders that show that the shop sells, before and after. */
const STEADY_ORDERS = 8;

const countKind = (lines: readonly JournalLine[], kind: JournalLine['kind']): number =>
  lines.filter((line) => line.kind === kind).length;

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function describeFaults(shoppers: Shoppers): string[] {
  const failed = shoppers.journal.filter((line) => line.kind === 'failed');
  return failed
    .slice(0, 3)
    .map(({ request, status, cell, detail }) => `${request} → ${status} ${cell} ${detail}`);
}

/** What shoppers saw that they should not have seen. */
function judgeShoppers(experiment: Experiment, shoppers: Shoppers, witness: Shoppers): string[] {
  if (experiment.mustBeCaught === true) return [];
  const reasons: string[] = [];
  const gaveUp = countKind(shoppers.journal, 'unanswered');
  if (gaveUp > 0) reasons.push(`${gaveUp} shoppers never got an answer`);
  if (experiment.shoppersMaySee === 'nothing') {
    reasons.push(...describeFaults(shoppers).map((fault) => `a shopper saw a fault: ${fault}`));
  }
  reasons.push(
    ...(experiment.witnessMaySee === undefined
      ? describeFaults(witness).map((fault) => `I6: the witness elsewhere saw a fault: ${fault}`)
      : []),
  );
  return reasons;
}

function judgeBooks(experiment: Experiment, books: BooksVerdict): string[] {
  if (experiment.mustBeCaught === true) {
    return books.verdict === 'broken' ? [] : ['what was broken on purpose was not found'];
  }
  if (books.verdict === 'holds') return [];
  const found = books.results
    .filter(({ verdict }) => verdict !== 'holds')
    .map(({ invariant, verdict, what, broken, examples }) =>
      [`${invariant} ${verdict} (${broken}): ${what}`, ...examples.slice(0, 3)].join('; '),
    );
  return [...found, ...books.unread.map((reason) => `not read: ${reason}`)];
}

/** Brings every partition and part back to where it was. @returns whether that went well */
async function reset(stage: RunningStage, scene: Scene): Promise<boolean> {
  try {
    await stage.gates.reset();
    stage.parts.tidyUp();
    const plan = await readNewestPlan(stage.fleet.dataDir);
    // What was taken over in an emergency has no way back but another evacuation.
    if (plan === undefined || plan.mode === 'emergency') return false;
    await scene.rollBack();
    await startCellctl(stage.fleet.dataDir, ['cells', 'undrain', SOURCE]).ended;
    return true;
  } catch (error) {
    scene.say(`  the fleet could not be brought back: ${messageOf(error)}`);
    return false;
  }
}

/** Runs one experiment on its stage, under load, and judges it by the journal. */
export async function runExperiment(
  experiment: Experiment,
  stage: RunningStage,
  say: (line: string) => void,
): Promise<ExperimentResult> {
  const startedAt = performance.now();
  const { fleet, gates, parts, variantIds } = stage;
  const routerPort = fleet.routerPort;
  const shoppers = startShoppers({
    routerPort,
    count: experiment.loyalShoppers ?? SHOPPERS,
    country: 'DE',
    variantIds: variantIds.shoppers,
    areLoyal: experiment.loyalShoppers !== undefined,
  });
  const witness = startShoppers({
    routerPort,
    count: 1,
    country: 'US',
    variantIds: variantIds.witness,
    pauseMs: WITNESS_PAUSE_MS,
  });
  const watcher = await watchMove(fleet.databaseUrl(SOURCE), fleet.databaseUrl(TARGET));
  const before = await watcher.look();
  const scene = createScene({ fleet, parts, gates, shoppers, watcher, before, say });
  const reasons: string[] = [];
  try {
    await scene.awaitOrders(STEADY_ORDERS);
    await experiment.run(scene);
    // What is broken for good need not sell again.
    if (experiment.mustBeCaught !== true) await scene.awaitOrders(STEADY_ORDERS);
  } catch (error) {
    reasons.push(`it broke off: ${messageOf(error)}`);
    // Whatever was cut or frozen keeps the shoppers waiting.
    await gates.reset();
    parts.tidyUp();
  }
  await Promise.all([shoppers.stop(), witness.stop()]);
  stage.journal.push(...shoppers.journal, ...witness.journal);
  const books = await checkBooks(
    fleet,
    { lines: stage.journal, unreadable: 0 },
    { reconciled: scene.reconciled },
  ).catch((error: unknown) => {
    reasons.push(`the books could not be checked: ${messageOf(error)}`);
    return undefined;
  });
  reasons.push(...judgeShoppers(experiment, shoppers, witness));
  if (books !== undefined) reasons.push(...judgeBooks(experiment, books));
  const isReset = experiment.mustBeCaught === true ? false : await reset(stage, scene);
  await watcher.close();
  return {
    name: experiment.name,
    hypothesis: experiment.hypothesis,
    passed: reasons.length === 0,
    reasons,
    tookMs: performance.now() - startedAt,
    acknowledged: countKind(shoppers.journal, 'acknowledged'),
    degraded: shoppers.journal.filter((line) => line.kind === 'acknowledged' && line.isDegraded)
      .length,
    faults: countKind(shoppers.journal, 'failed'),
    longestRequestMs: Math.max(0, ...shoppers.requests.map(({ tookMs }) => tookMs)),
    books,
    isReset,
  };
}
