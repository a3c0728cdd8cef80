import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportView } from '@commerce/contracts/catalog-imports';
import { OptionFault } from '../options.ts';
import { createScreen } from '../screen.ts';
import { connect } from './control-plane.ts';
import { describeProgress, describeResult, exitCodeOf } from './describe.ts';
import { HELP, type ImportCommand, parseImportCommand } from './options.ts';

const LOOK_EVERY_MS = 250;
/** A control plane that is away for longer is given up. */
const AWAY_MS_MAX = 60_000;
const UNDER_WAY: ReadonlySet<ImportView['state']> = new Set(['uploading', 'queued', 'running']);

async function runImport(command: ImportCommand): Promise<number> {
  const screen = createScreen(process.stdout);
  const client = await connect(command);
  let view = await client.start((sent, of) => {
    screen.status(`Sending ${Math.floor((sent * 100) / Math.max(1, of))} %`);
  });
  // The control plane works without us: leaving does not stop it.
  process.on('SIGINT', () => {
    screen.endStatus();
    process.stdout.write(
      `The import goes on: ${command.url}/v1/catalog/imports/${view.id} says how far it is.\n`,
    );
    process.exit(130);
  });
  let seenAtMs = performance.now();
  while (UNDER_WAY.has(view.state)) {
    await sleep(LOOK_EVERY_MS);
    try {
      view = await client.find(view.id);
      seenAtMs = performance.now();
      screen.status(describeProgress(view));
    } catch (error) {
      // A control plane that restarts goes on with the import: it is waited for.
      if (performance.now() - seenAtMs > AWAY_MS_MAX) throw error;
      screen.status('The control plane is away: waiting for it');
    }
  }
  screen.endStatus();
  if (command.errorsFile !== undefined) await client.saveFindings(view.id, command.errorsFile);
  screen.line(describeResult(view));
  return exitCodeOf(view);
}

try {
  // npm changes into the project's folder; files are named from where the command was typed.
  const from = process.env['INIT_CWD'] ?? process.cwd();
  const command = parseImportCommand(process.argv.slice(2), from, process.env);
  if (command === undefined) process.stdout.write(HELP);
  else process.exitCode = await runImport(command);
} catch (error) {
  if (!(error instanceof OptionFault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
