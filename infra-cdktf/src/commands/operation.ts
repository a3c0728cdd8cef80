import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '../fleet/fault.ts';
import type { StackOutputs } from '../kubernetes/objects.ts';
import { dryRunner, type Runner, realRunner, type Step, StepFault } from '../operations/steps.ts';

/** The environment of the fleet that runs on this machine. */
export const LOCAL = 'local';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function runnerFor(isDry: boolean | undefined): Runner {
  return isDry === true ? dryRunner(say) : realRunner(say);
}

/** Where `synth` and `manifests` wrote an environment. */
export function distFolder(environment: string, ...rest: readonly string[]): string {
  return path.join(DIST, environment, ...rest);
}

/** Data folder of the fleet on this machine; by default that of `npm start`. */
export function localDataDir(given: string | undefined): string {
  return path.resolve(given ?? path.join(ROOT, '.data'));
}

/** Runs steps in their order. @returns 0, or 4 where one failed: begun and not finished */
export async function runSteps(runner: Runner, steps: readonly Step[]): Promise<number> {
  for (const [index, step] of steps.entries()) {
    try {
      await runner.run(step);
    } catch (error) {
      if (!(error instanceof StepFault)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.stderr.write(
        `Stopped at step ${index + 1} of ${steps.length}; what was done may be done again.\n`,
      );
      return 4;
    }
  }
  return 0;
}

/** What the stacks told when they were applied, by their names. */
export async function readOutputs(file: string): Promise<Readonly<Record<string, StackOutputs>>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, StackOutputs>;
  } catch (error) {
    return fail(`${file} can't be read: ${(error as Error).message}.`, 'Give a JSON file.');
  }
}
