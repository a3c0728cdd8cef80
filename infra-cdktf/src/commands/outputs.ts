import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ISSUERS_VARIABLE } from '../settings/directory-access.ts';
import { environment } from '../fleet/environments.ts';
import { planFleet } from '../fleet/plan.ts';
import { readWords } from './words.ts';
import { distFolder, runnerFor, say } from './operation.ts';

interface TerraformOutputs {
  readonly [name: string]: { readonly value: string };
}

/** Collects what all stacks told: identities for manifests, issuers for the directory. */
export async function runOutputs(words: readonly string[]): Promise<number> {
  const { positionals, values } = readWords(words, { 'dry-run': { type: 'boolean' } });
  const { environment: chosen, ...fleet } = planFleet(environment(positionals[0]));
  const runner = runnerFor(values['dry-run']);
  const collected: Record<string, Record<string, string>> = {};
  for (const { names } of [fleet.controlPlane, ...fleet.routers, ...fleet.cells]) {
    const { output } = await runner.run({
      says: `${names.stack}: reading what it told`,
      program: 'terraform',
      words: [`-chdir=${distFolder(chosen.name, 'stacks', names.stack)}`, 'output', '-json'],
    });
    if (output === '') continue;
    const told = JSON.parse(output) as TerraformOutputs;
    if (Object.keys(told).length > 0) {
      collected[names.stack] = Object.fromEntries(
        Object.entries(told).map(([name, { value }]) => [name, value]),
      );
    }
  }
  if (runner.isDry) return 0;
  const file = distFolder(chosen.name, 'outputs.json');
  await writeFile(file, `${JSON.stringify(collected, null, 2)}\n`);
  const issuers = Object.fromEntries(
    Object.entries(collected).map(([stack, { issuer = '' }]) => [stack, issuer]),
  );
  const variables = path.join(
    distFolder(chosen.name, 'stacks', 'global'),
    'issuers.auto.tfvars.json',
  );
  await writeFile(variables, `${JSON.stringify({ [ISSUERS_VARIABLE]: issuers }, null, 2)}\n`);
  say(`${Object.keys(collected).length} stacks; written to ${file} and ${variables}`);
  return 0;
}
