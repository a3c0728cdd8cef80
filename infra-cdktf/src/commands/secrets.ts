import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { environment } from '../fleet/environments.ts';
import { fail } from '../fleet/fault.ts';
import { planFleet } from '../fleet/plan.ts';
import { databaseCertificateSteps } from '../operations/database-certificates.ts';
import { ensureSecrets } from '../operations/ensure-secrets.ts';
import { cloudVaults } from '../operations/vaults.ts';
import { readWords } from './words.ts';
import { runnerFor, runSteps, say } from './operation.ts';

/** Makes what is missing in the vaults; what is there stays. */
export async function runSecrets(words: readonly string[]): Promise<number> {
  const { positionals, values } = readWords(words, {
    unit: { type: 'string' },
    'dry-run': { type: 'boolean' },
  });
  const fleet = planFleet(environment(positionals[0]));
  const runner = runnerFor(values['dry-run']);
  const written = await ensureSecrets(fleet, cloudVaults(runner));
  say(`${written} secrets written`);
  if (values.unit === undefined) return 0;
  const units = [fleet.controlPlane, ...fleet.cells];
  const unit =
    units.find(({ id }) => id === values.unit) ??
    fail(`${values.unit} has no database.`, `Name one of ${units.map(({ id }) => id).join(', ')}.`);
  const folder = runner.isDry
    ? path.join(tmpdir(), `certificates-${unit.id}`)
    : await mkdtemp(path.join(tmpdir(), 'certificates-'));
  return runSteps(runner, databaseCertificateSteps(unit, folder));
}
