import type { Command } from './command.ts';
import { manifestsCommand } from './manifests.ts';
import { synthCommand } from './synth.ts';

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [synthCommand, manifestsCommand];

/** Help, a line for each command. */
export function describeCommands(): string {
  const left = COMMANDS.map(({ name, usage }) => `  ${name} ${usage}`);
  const width = Math.max(...left.map((text) => text.length)) + 2;
  const lines = COMMANDS.map(({ does }, index) => `${(left[index] ?? '').padEnd(width)}${does}`);
  return ['npm run infra -- COMMAND …', '', ...lines, ''].join('\n');
}
