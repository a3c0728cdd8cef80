import { parseArgs } from 'node:util';
import { fail } from '../fleet/fault.ts';

/** One word of `npm run infra`. */
export interface Command {
  readonly name: string;
  /** Words and flags after the name, for the help. */
  readonly usage: string;
  readonly does: string;
  /** @returns the exit code. @throws InfraFault for what the operator can cure */
  run(words: readonly string[]): Promise<number>;
}

/** Flags of a command by their names, without dashes. */
export type FlagSpecs = Readonly<
  Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>
>;

/** @throws InfraFault where a flag is unknown or lacks its value */
export function readWords<Specs extends FlagSpecs>(words: readonly string[], options: Specs) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    return fail(
      `${(error as Error).message.replace(/\.?$/, '.')}`,
      'npm run infra -- help lists the flags.',
    );
  }
}
