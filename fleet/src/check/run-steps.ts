/** What a step found. */
export interface StepResult {
  /** How many things (files, modules, tests) the step looked at. Zero is a failure of its own. */
  readonly looked: number;
  /** What is wrong, ready to print; empty where nothing is. */
  readonly findings: string;
}

/** One part of the repository's check. */
export interface CheckStep {
  readonly name: string;
  /** What `looked` counts, in the plural. */
  readonly things: string;
  /** Command that mends what the step finds, where there is one. */
  readonly cure?: string;
  /** Looks at the repository below `root`. Throws where the tool itself could not work. */
  readonly run: (root: string) => Promise<StepResult>;
}

function duration(startMs: number): string {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
}

/**
 * Runs the steps in order and stops at the first that fails. Writes one line for each, with what it
 * looked at and its time, and the findings below the line of a step that failed.
 * Returns whether all passed. A step that looked at nothing has failed: it proves nothing.
 */
export async function runSteps(
  steps: readonly CheckStep[],
  root: string,
  write: (text: string) => void,
): Promise<boolean> {
  const startMs = performance.now();
  for (const step of steps) {
    const stepStartMs = performance.now();
    const { looked, findings } = await step.run(root).catch((error: unknown) => ({
      looked: 0,
      findings: `${step.name} could not run: ${error instanceof Error ? error.message : String(error)}`,
    }));
    const problem =
      findings === '' && looked === 0
        ? `${step.name} looked at no ${step.things}: its configuration is wrong, and nothing was checked.`
        : findings;
    const mark = problem === '' ? 'ok  ' : 'FAIL';
    const count = `${looked} ${step.things}`;
    write(
      `${mark} ${step.name.padEnd(14)} ${count.padEnd(16)} ${duration(stepStartMs).padStart(7)}\n`,
    );
    if (problem !== '') {
      write(`\n${problem.trimEnd()}\n`);
      if (step.cure !== undefined) write(`\nTo mend it: ${step.cure}\n`);
      return false;
    }
  }
  write(`all checks passed in ${duration(startMs)}\n`);
  return true;
}
