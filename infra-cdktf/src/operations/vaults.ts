import type { Unit } from '../fleet/plan.ts';
import type { Runner } from './steps.ts';

/** Key vaults, as far as secrets are put into them. */
export interface Vaults {
  /** The secret's text; undefined where the vault has none of the name. */
  read(unit: Unit, name: string): Promise<string | undefined>;
  write(unit: Unit, name: string, text: string): Promise<void>;
}

/** What the cloud's tool answers for a secret that is not there. */
const NOT_FOUND = 3;

/** The vaults of the cloud, by its own tool and the operator's identity. Values go by standard input. */
export function cloudVaults(runner: Runner): Vaults {
  const words = ({ names }: Unit, verb: string, name: string): string[] => [
    ...['keyvault', 'secret', verb],
    ...['--vault-name', names.keyVault, '--name', name],
  ];
  return Object.freeze({
    async read(unit: Unit, name: string): Promise<string | undefined> {
      if (runner.isDry) return undefined;
      const { code, output } = await runner.run({
        says: `${unit.id}: looking for ${name}`,
        program: 'az',
        words: [...words(unit, 'show', name), '--query', 'value', '--output', 'tsv'],
        allowed: [NOT_FOUND],
      });
      return code === NOT_FOUND ? undefined : output.trimEnd();
    },
    async write(unit: Unit, name: string, text: string): Promise<void> {
      await runner.run({
        says: `${unit.id}: writing ${name}`,
        program: 'az',
        words: [...words(unit, 'set', name), '--file', '/dev/stdin', '--output', 'none'],
        input: text,
      });
    },
  });
}
