import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runSteps } from './run-steps.ts';
import { CHECK_STEPS } from './steps.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const unknown = process.argv.slice(2).find((flag) => flag !== '--no-tests');
if (unknown === undefined) {
  const withTests = !process.argv.includes('--no-tests');
  const steps = CHECK_STEPS.filter((step) => withTests || step.name !== 'tests');
  const passed = await runSteps(steps, root, (text) => void process.stdout.write(text));
  process.exitCode = passed ? 0 : 1;
} else {
  process.stderr.write(`check does not know ${unknown}; the one flag is --no-tests.\n`);
  process.exitCode = 2;
}
