import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environment } from '../fleet/environments.ts';
import { fail } from '../fleet/fault.ts';
import { planFleet } from '../fleet/plan.ts';
import { renderFleet } from '../kubernetes/render.ts';
import { readWords } from './words.ts';
import { distFolder, readOutputs } from './operation.ts';

/** How releases are named. */
export const VERSION = /^v\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/;

/** Writes what each cluster is told, a folder for each, for `kubectl apply -k`. */
export async function runManifests(words: readonly string[]): Promise<number> {
  const { positionals, values } = readWords(words, {
    version: { type: 'string' },
    outputs: { type: 'string' },
    output: { type: 'string' },
  });
  const fleet = planFleet(environment(positionals[0]));
  const version = values.version ?? '';
  if (!VERSION.test(version)) {
    fail('A release has to be named.', 'Give --version, such as --version v1.4.2.');
  }
  const outputs = values.outputs === undefined ? {} : await readOutputs(values.outputs);
  const rendered = renderFleet(fleet, version, outputs);
  const faults = rendered.flatMap((unit) => unit.faults);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  if (faults.length > 0) return 1;
  const folder = path.resolve(
    values.output ?? distFolder(fleet.environment.name, 'manifests', version),
  );
  await rm(folder, { recursive: true, force: true });
  for (const { stack, files } of rendered) {
    await mkdir(path.join(folder, stack), { recursive: true });
    for (const [name, text] of files) await writeFile(path.join(folder, stack, name), text);
  }
  const missing = rendered.filter(({ stack }) => outputs[stack] === undefined);
  process.stdout.write(`${rendered.length} clusters' manifests written to ${folder}\n`);
  if (missing.length > 0) {
    process.stdout.write(
      `${missing.length} of them with identities of zeros: --outputs names what the stacks told\n`,
    );
  }
  return 0;
}
