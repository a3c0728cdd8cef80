import { createFleet } from './fleet.ts';
import { readMemoryMib } from './memory.ts';
import { type FleetOptions, HELP, OptionFault, parseFleetOptions } from './options.ts';
import type { PartScripts } from './plan.ts';
import { createScreen } from './screen.ts';
import { describeFleet } from './summary.ts';
import { describeFault } from './supervisor.ts';

/** Beyond this a stop is cut short; the parts then end with their channel to us. */
const STOP_LIMIT_MS = 9_500;

/**
 * The whole life of `npm start`: flags, start, serve, stop at a signal or when whoever started us is
 * gone. Sets the exit code; `scripts` replaces the parts, for tests.
 */
export async function runFleet(words: readonly string[], scripts?: PartScripts): Promise<void> {
  const begun = performance.now();
  const options = readOptions(words);
  if (options === undefined) return;
  const screen = createScreen(process.stdout);
  const fleet = createFleet(options, screen, scripts);
  let ending = false;

  async function end(code: number): Promise<void> {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    await fleet.stop().catch((error: unknown) => screen.line(describeFault(error)));
    screen.endStatus();
    process.exit(code);
  }

  function stopAsked(): void {
    if (!ending) screen.status('Stopping');
    void end(0);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopAsked);
  if (process.send !== undefined) process.on('disconnect', stopAsked);

  try {
    const started = await fleet.start();
    screen.line(describeFleet(started, options.dataDir, await readMemoryMib(process.pid)));
    screen.line(`ready in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  } catch (error) {
    if (ending) return;
    screen.endStatus();
    process.stderr.write(`${describeFault(error)}\n`);
    await end(1);
  }
}

function readOptions(words: readonly string[]): FleetOptions | undefined {
  try {
    const options = parseFleetOptions(words, process.cwd());
    if (options === undefined) process.stdout.write(HELP);
    return options;
  } catch (error) {
    if (!(error instanceof OptionFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
    return undefined;
  }
}
