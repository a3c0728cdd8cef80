import { parseArgs } from 'node:util';
import { fail } from '../fleet/fault.ts';

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
