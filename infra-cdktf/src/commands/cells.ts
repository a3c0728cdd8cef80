import { environment } from '../fleet/environments.ts';
import { fail } from '../fleet/fault.ts';
import { type CellUnit, planCell, planFleet } from '../fleet/plan.ts';
import { backupSteps, restoreSteps } from '../operations/backups.ts';
import { readLocalFleet } from '../operations/local-target.ts';
import { newCellSteps, newLocalCellSteps } from '../operations/new-cell.ts';
import { readWords } from './words.ts';
import { distFolder, LOCAL, localDataDir, runnerFor, runSteps } from './operation.ts';

const DRY = { 'dry-run': { type: 'boolean' } } as const;

/** From nothing to a cell that takes new shoppers. */
export async function runNewCell(words: readonly string[]): Promise<number> {
  const { positionals, values } = readWords(words, {
    ...DRY,
    donor: { type: 'string' },
    partitions: { type: 'string' },
    version: { type: 'string' },
    data: { type: 'string' },
  });
  const [name, id = fail('Which cell?', 'npm run infra -- new-cell production eu-nl-1')] =
    positionals;
  const runner = runnerFor(values['dry-run']);
  const first =
    values.donor === undefined
      ? undefined
      : {
          donor: values.donor,
          partitions:
            values.partitions?.split(',') ??
            fail(
              'Which partitions?',
              'Name some with --partitions; `cellctl partitions list` lists them.',
            ),
        };
  if (name === LOCAL) {
    const fleet = readLocalFleet(localDataDir(values.data));
    const given = first ?? fail('Who gives it partitions?', 'Name one with --donor.');
    return runSteps(runner, newLocalCellSteps(fleet, id, given));
  }
  const chosen = environment(name);
  const cell = planCell(chosen, id);
  const fleet = planFleet(withCell(chosen, id));
  const version = values.version ?? fail('Which release?', 'Give --version, such as v1.4.2.');
  const written = {
    stacks: distFolder(chosen.name, 'stacks'),
    manifests: distFolder(chosen.name, 'manifests', version),
  };
  return runSteps(runner, newCellSteps(fleet, cell, written, first));
}

/** The fleet as it will be; a cell that is listed already is made again where it is missing. */
function withCell(chosen: ReturnType<typeof environment>, id: string) {
  return chosen.cells.includes(id) ? chosen : { ...chosen, cells: [...chosen.cells, id] };
}

/** A backup now. */
export async function runBackup(words: readonly string[]): Promise<number> {
  const { positionals, values } = readWords(words, { ...DRY, name: { type: 'string' } });
  const cell = namedCell(positionals);
  const steps = backupSteps(cell, jobName('backup', values.name));
  return runSteps(runnerFor(values['dry-run']), steps);
}

/** A restore, from the newest backup or as of a time. */
export async function runRestore(words: readonly string[]): Promise<number> {
  const { positionals, values } = readWords(words, {
    ...DRY,
    name: { type: 'string' },
    at: { type: 'string' },
  });
  const { at } = values;
  if (at !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(at)) {
    fail(`--at is no time: ${at}.`, 'Give one in UTC, such as 2026-05-04T10:00:00Z.');
  }
  const steps = restoreSteps(namedCell(positionals), jobName('restore', values.name), { at });
  return runSteps(runnerFor(values['dry-run']), steps);
}

function namedCell([name, id]: readonly string[]): CellUnit {
  if (name === LOCAL) {
    fail('The fleet on this machine has no CockroachDB.', 'Stop it and copy its data folder.');
  }
  const chosen = environment(name);
  if (id === undefined || !chosen.cells.includes(id)) {
    return fail(
      `There is no cell ${id ?? ''} in ${chosen.name}.`,
      `It has ${chosen.cells.join(', ')}.`,
    );
  }
  return planCell(chosen, id);
}

/** Jobs of a cluster are told apart by their names. */
function jobName(kind: string, given: string | undefined): string {
  return given !== undefined && /^[a-z0-9-]{1,40}$/.test(given)
    ? `${kind}-${given}`
    : fail(
        `${kind} needs a name of small letters and digits.`,
        'Give --name, such as --name before-release.',
      );
}
