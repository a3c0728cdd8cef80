import { ENGINE_NAMES } from './engine-names.ts';
import {
  ENGINES_HELP,
  type EnginesOptions,
  EnginesOptionFault,
  parseEnginesOptions,
} from './options.ts';
import { listEngines, startEngines, stopEngines } from './run-engines.ts';
import { createToolbox } from './tools.ts';

/** The command `npm run engines`. */

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function up({ names, basePort, places }: EnginesOptions): Promise<boolean> {
  const outcomes = await startEngines({ names, basePort, places, say });
  for (const outcome of outcomes) {
    if (outcome.kind === 'left-out') continue;
    const how = outcome.wasThere ? 'runs already' : 'runs';
    say(`${outcome.name.padEnd(11)} ${how} at ${outcome.address} (process ${outcome.pid})`);
  }
  let isComplete = outcomes.every(({ kind }) => kind === 'running');
  // The router starts it by itself, so being there is all that it needs.
  if (names.length === ENGINE_NAMES.length) {
    const haproxy = await createToolbox(say)
      .require('haproxy')
      .catch((error: unknown) => {
        say(`haproxy is left out. ${(error as Error).message}`);
        return undefined;
      });
    if (haproxy !== undefined) say('haproxy     is installed; the router starts it');
    isComplete &&= haproxy !== undefined;
  }
  return isComplete;
}

async function down({ names, places }: EnginesOptions): Promise<void> {
  const stopped = await stopEngines(names, places.state);
  say(stopped.length === 0 ? 'None of them ran.' : `Stopped ${stopped.join(', ')}.`);
}

async function status({ places }: EnginesOptions): Promise<void> {
  const running = new Map((await listEngines(places.state)).map((one) => [one.name, one]));
  for (const name of ENGINE_NAMES) {
    const one = running.get(name);
    say(
      `${name.padEnd(11)} ${one === undefined ? 'is down' : `runs at ${one.address} (process ${one.pid})`}`,
    );
  }
}

async function run(words: readonly string[]): Promise<number> {
  try {
    const options = parseEnginesOptions(words);
    if (options === undefined) {
      say(ENGINES_HELP);
      return 0;
    }
    if (options.verb === 'up') return (await up(options)) ? 0 : 1;
    await (options.verb === 'down' ? down : status)(options);
    return 0;
  } catch (error) {
    if (!(error instanceof EnginesOptionFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

process.exitCode = await run(process.argv.slice(2));
