import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { EXPERIMENTS } from './experiments/index.ts';
import { runAll } from './runner/run-all.ts';
import { writeResult } from './runner/write-results.ts';

/** `npm run chaos -- NAME…|all|short|list [--json FILE] [--write]` */

const HELP = `Breaks parts of a fleet on purpose while shoppers buy, and checks what must keep holding.

  npm run chaos -- NAME… | all | short | list [flags]

  NAME…         experiments by their names, or the beginning of them, such as kill-source
  all           every experiment
  short         those that run with the tests
  list          names and hypotheses; runs nothing
  --json FILE   write the results as JSON
  --write       put the results into docs/benchmarks.md
  --help        this text

Each experiment starts shoppers on a fleet of its own, breaks what it says, mends it, and compares the
shoppers' journal with the books. Exit codes: 0 all passed, 1 one did not, 78 a name is wrong.
`;
const EXIT_USAGE = 78;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function choose(words: readonly string[]) {
  const [first] = words;
  if (first === 'all') return EXPERIMENTS;
  if (first === 'short') return EXPERIMENTS.filter(({ isShort }) => isShort === true);
  return EXPERIMENTS.filter(({ name }) => words.some((word) => name.startsWith(word)));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      json: { type: 'string' },
      write: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help === true || positionals.length === 0) {
    process.stdout.write(HELP);
    return;
  }
  if (positionals[0] === 'list') {
    for (const { name, hypothesis } of EXPERIMENTS) say(`${name.padEnd(30)} ${hypothesis}`);
    return;
  }
  const chosen = choose(positionals);
  if (chosen.length === 0) {
    process.stderr.write(
      `No experiment begins with "${positionals.join(' ')}". See "npm run chaos -- list".\n`,
    );
    process.exitCode = EXIT_USAGE;
    return;
  }
  const order = EXPERIMENTS.map(({ name }) => name);
  const results = await runAll(chosen, say, async (result, load) => {
    if (values.write === true) await writeResult(result, load, order);
  });
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
  }
  const failed = results.filter(({ passed }) => !passed);
  say(`\n${results.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
