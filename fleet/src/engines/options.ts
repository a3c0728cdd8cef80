import path from 'node:path';
import { parseArgs } from 'node:util';
import { BASE_PORT_MAX, ENGINE_NAMES, type EngineName } from './engine-names.ts';
import { defaultPlaces, type EnginePlaces } from './places.ts';

/** What the command was asked for. */
export interface EnginesOptions {
  readonly verb: 'up' | 'down' | 'status';
  readonly names: readonly EngineName[];
  readonly basePort: number;
  readonly places: EnginePlaces;
}

/** A wrong word, with what would be right. */
export class EnginesOptionFault extends Error {}

/** First port where none is given. */
export const DEFAULT_BASE_PORT = 17_000;

const VERBS = ['up', 'down', 'status'] as const;

/** Text of `--help`. */
export const ENGINES_HELP = `Runs production engines on this machine.

  npm run engines -- up [NAME…]       fetches (once) and starts all of them, or those that are named
  npm run engines -- down [NAME…]     ends them; their data stays
  npm run engines -- status           tells which run, and where

  Names are ${ENGINE_NAMES.join(', ')}. HAProxy needs no server of its own: it is
  installed with "up", and the router starts it (npm start -- --data-plane haproxy).

  --port N       first of seven ports (${DEFAULT_BASE_PORT}): redis N, dynamodb N+1, kafka N+2 and N+3,
                 opensearch N+4 and N+5, postgresql N+6
  --state DIR    folder of their data, logs and process notes
  --cache DIR    folder of what is downloaded
  --help         this text
`;

/** Reads the words; undefined means that help was asked for. Throws an {@link EnginesOptionFault}. */
export function parseEnginesOptions(words: readonly string[]): EnginesOptions | undefined {
  const { values, positionals } = parseWords(words);
  if (values.help === true) return undefined;
  const [verb, ...names] = positionals;
  const known = VERBS.find((one) => one === verb);
  if (known === undefined) {
    throw new EnginesOptionFault(
      `"${verb ?? ''}" is nothing that can be done with engines: say up, down or status.`,
    );
  }
  const unknown = names.find((name) => !ENGINE_NAMES.some((one) => one === name));
  if (unknown !== undefined) {
    throw new EnginesOptionFault(
      `There is no engine "${unknown}". Known are ${ENGINE_NAMES.join(', ')}.`,
    );
  }
  const places = defaultPlaces();
  return {
    verb: known,
    names: names.length === 0 ? ENGINE_NAMES : (names as EngineName[]),
    basePort: parsePort(values.port ?? `${DEFAULT_BASE_PORT}`),
    places: {
      cache: path.resolve(values.cache ?? places.cache),
      state: path.resolve(values.state ?? places.state),
    },
  };
}

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        state: { type: 'string' },
        cache: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const said = (error as Error).message.split(/\.\s/)[0];
    throw new EnginesOptionFault(`${said}. See "npm run engines -- --help".`);
  }
}

function parsePort(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1_024 && value <= BASE_PORT_MAX) return value;
  throw new EnginesOptionFault(
    `--port is "${text}": give a number from 1024 to ${BASE_PORT_MAX}, since ports above are taken by outgoing connections.`,
  );
}
