/** One word of `npm run infra`. */
export interface Command {
  readonly name: string;
  /** Words and flags after the name, for the help. */
  readonly usage: string;
  readonly does: string;
  /**
   * Loads what it needs and runs it: making stacks takes packages of a size that the others are spared.
   * @returns the exit code. @throws InfraFault for what the operator can cure
   */
  run(words: readonly string[]): Promise<number>;
}

/** All commands, in the order in which a fleet comes to be. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'synth',
    usage: 'ENVIRONMENT [--output DIR]',
    does: 'writes all stacks as Terraform JSON, once every rule holds',
    run: async (words) => (await import('./synth.ts')).runSynth(words),
  },
  {
    name: 'outputs',
    usage: 'ENVIRONMENT [--dry-run]',
    does: 'collects what the applied stacks told, for manifests, deploy and the global stack',
    run: async (words) => (await import('./outputs.ts')).runOutputs(words),
  },
  {
    name: 'secrets',
    usage: 'ENVIRONMENT [--unit ID] [--dry-run]',
    does: 'makes the secrets that are missing, straight into the vaults; --unit: its database’s as well',
    run: async (words) => (await import('./secrets.ts')).runSecrets(words),
  },
  {
    name: 'manifests',
    usage: 'ENVIRONMENT --version vX.Y.Z [--outputs FILE.json] [--output DIR]',
    does: 'writes what each cluster is told, once all of it fits its schemas',
    run: async (words) => (await import('./manifests.ts')).runManifests(words),
  },
  {
    name: 'new-cell',
    usage: 'ENVIRONMENT|local CELL [--donor CELL --partitions P,Q] [--version V] [--dry-run]',
    does: 'makes a cell: stacks, secrets, processes, member of its realm, first partitions',
    run: async (words) => (await import('./cells.ts')).runNewCell(words),
  },
  {
    name: 'deploy',
    usage: 'ENVIRONMENT|local --version V --previous V [--bake SECONDS] [--cells A,B] [--dry-run]',
    does: 'rolls a release out by waves; watches each, and rolls back by itself',
    run: async (words) => (await import('./deploy.ts')).runDeploy(words),
  },
  {
    name: 'rollback',
    usage: 'ENVIRONMENT|local --version OLD --previous NEW [--cells A,B] [--dry-run]',
    does: 'brings an older release back to all cells, the last wave first',
    run: async (words) => (await import('./deploy.ts')).runRollback(words),
  },
  {
    name: 'backup',
    usage: 'ENVIRONMENT CELL --name NAME [--dry-run]',
    does: 'backs a cell up now, beside the backups of the schedule',
    run: async (words) => (await import('./cells.ts')).runBackup(words),
  },
  {
    name: 'restore',
    usage: 'ENVIRONMENT CELL --name NAME [--at TIME] [--dry-run]',
    does: 'empties a cell, restores its database, compares it and gives back what it had',
    run: async (words) => (await import('./cells.ts')).runRestore(words),
  },
  {
    name: 'capacity',
    usage: '[--write]',
    does: 'what the promised load needs and costs, by the figures of docs/benchmarks.md',
    run: async (words) => (await import('./capacity.ts')).runCapacity(words),
  },
];

/** Help, two lines for each command. */
export function describeCommands(): string {
  const lines = COMMANDS.map(({ name, usage, does }) => `  ${name} ${usage}\n      ${does}`);
  return ['npm run infra -- COMMAND …', '', ...lines, ''].join('\n');
}
