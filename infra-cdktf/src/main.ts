import { InfraFault } from './fleet/fault.ts';
import { COMMANDS, describeCommands } from './commands/commands.ts';

// Whoever reads may have seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

/** `npm run infra -- COMMAND …`: the first word chooses what is done, the rest is its own. */
const [name, ...words] = process.argv.slice(2);
const command = COMMANDS.find((each) => each.name === name);

if (command === undefined) {
  const asked = name === undefined || name === '--help' || name === 'help';
  if (!asked) process.stderr.write(`There is no command "${name}".\n`);
  (asked ? process.stdout : process.stderr).write(describeCommands());
  process.exitCode = asked ? 0 : 2;
} else {
  try {
    process.exitCode = await command.run(words);
  } catch (error) {
    if (!(error instanceof InfraFault)) throw error;
    process.stderr.write(`${error.message} ${error.cure}\n`);
    process.exitCode = 2;
  }
}
