import { describe, expect, test } from 'vitest';
import { type CheckStep, runSteps, type StepResult } from './run-steps.ts';

function step(name: string, result: () => Promise<StepResult>): CheckStep {
  return { name, things: 'files', cure: 'npm run mend', run: result };
}

const good = step('good', async () => ({ looked: 3, findings: '' }));

async function run(...steps: CheckStep[]): Promise<{ passed: boolean; output: string }> {
  let output = '';
  const passed = await runSteps(steps, '.', (text) => {
    output += text;
  });
  return { passed, output };
}

describe('the steps of the check', () => {
  test('each that passes has a line with what it looked at', async () => {
    const { passed, output } = await run(good, good);
    expect(passed).toBe(true);
    expect(output).toMatch(/^ok {3}good +3 files +\d+\.\d s\nok {3}good .*\nall checks passed in /);
  });

  test('a finding fails the check, is printed with its cure, and nothing runs after it', async () => {
    const bad = step('bad', async () => ({ looked: 3, findings: 'a.ts:1 is wrong' }));
    const { passed, output } = await run(
      good,
      bad,
      step('never', () => expect.unreachable()),
    );
    expect(passed).toBe(false);
    expect(output).toMatch(/FAIL bad[^]*a\.ts:1 is wrong[^]*To mend it: npm run mend\n$/);
    expect(output).not.toContain('never');
  });

  test('a step that looked at nothing has failed', async () => {
    const blind = step('blind', async () => ({ looked: 0, findings: '' }));
    const { passed, output } = await run(blind);
    expect(passed).toBe(false);
    expect(output).toContain('blind looked at no files');
  });

  test('a tool that does not work fails the check in one line', async () => {
    const broken = step('broken', () => Promise.reject(new Error('no such tool')));
    const { passed, output } = await run(broken);
    expect(passed).toBe(false);
    expect(output).toContain('broken could not run: no such tool\n');
    expect(output).not.toMatch(/\n\s+at /);
  });
});
