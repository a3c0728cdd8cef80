import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environment } from '../fleet/environments.ts';
import { planFleet } from '../fleet/plan.ts';
import { checkFleet } from '../rules/check-fleet.ts';
import { synthesiseFleet } from '../stacks/synthesise.ts';
import { readWords } from './words.ts';
import { distFolder } from './operation.ts';

const MIB = 1024;

/** Writes the stacks of an environment, a folder each, as Terraform takes them. */
export async function runSynth(words: readonly string[]): Promise<number> {
  const begun = performance.now();
  const { positionals, values } = readWords(words, { output: { type: 'string' } });
  const fleet = planFleet(environment(positionals[0]));
  const stacks = synthesiseFleet(fleet);
  const violations = checkFleet(fleet, stacks);
  for (const { rule, where, what } of violations) {
    process.stderr.write(`${rule}: ${where}: ${what}\n`);
  }
  if (violations.length > 0) {
    process.stderr.write(`${violations.length} violations; nothing was written.\n`);
    return 1;
  }
  const folder = path.resolve(values.output ?? distFolder(fleet.environment.name, 'stacks'));
  await rm(folder, { recursive: true, force: true });
  for (const { name, json } of stacks) {
    await mkdir(path.join(folder, name), { recursive: true });
    await writeFile(path.join(folder, name, 'cdk.tf.json'), json);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const peak = Math.round(process.resourceUsage().maxRSS / MIB);
  process.stdout.write(
    `${stacks.length} stacks written to ${folder} in ${seconds} s, at most ${peak} MiB\n`,
  );
  return 0;
}
