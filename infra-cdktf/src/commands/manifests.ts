import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../fleet/environments.ts';
import { fail } from '../fleet/fault.ts';
import { planFleet } from '../fleet/plan.ts';
import type { StackOutputs } from '../kubernetes/objects.ts';
import { renderFleet } from '../kubernetes/render.ts';
import { type Command, readWords } from './command.ts';

const DEFAULT_OUTPUT = fileURLToPath(new URL('../../dist/', import.meta.url));
const VERSION = /^v\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/;

/** Writes what each cluster is told, a folder for each, for `kubectl apply -k`. */
export const manifestsCommand: Command = {
  name: 'manifests',
  usage: 'ENVIRONMENT --version vX.Y.Z [--outputs FILE.json] [--output DIR]',
  does: 'writes what each cluster is told, once all of it fits its schemas',
  async run(words) {
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
      values.output ?? path.join(DEFAULT_OUTPUT, fleet.environment.name, 'manifests'),
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
  },
};

/** By stack, as `deploy` collects them from `terraform output -json`. */
async function readOutputs(file: string): Promise<Readonly<Record<string, StackOutputs>>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, StackOutputs>;
  } catch (error) {
    return fail(`${file} can't be read: ${(error as Error).message}.`, 'Give a JSON file.');
  }
}
