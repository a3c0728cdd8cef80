import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { allCellLocations, cellLocation } from '@commerce/contracts/cell-locations';
import { Type } from 'typebox';
import Value from 'typebox/value';

/** What `npm start` was asked for. */
export interface FleetOptions {
  /** Port of the router; the others follow from it. */
  readonly port: number;
  /** Cells to run, without repetition. */
  readonly cells: readonly string[];
  /** Whether cells that ran on the data folder before run again without being named. */
  readonly keepsCells: boolean;
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  /** Begin with an empty data folder. */
  readonly fresh: boolean;
  /** Size of the demo catalogue; 0 loads none. */
  readonly products: number;
  /** Absolute path of a Shopify CSV to start with in place of the demo catalogue. */
  readonly catalog?: { readonly file: string; readonly currency?: string };
  /** Country of shoppers of whom nothing is known. */
  readonly defaultCountry?: string;
  /** What carries requests: the router's own server, or HAProxy driven by it. */
  readonly dataPlane: 'node' | 'haproxy';
  /** Names of parts that stay down when they end, for drills. */
  readonly noRestart: readonly string[];
  /** What a drill sets otherwise than usual; nothing where no file is given. */
  readonly drill: DrillSettings;
}

/** Lets an experiment come between the parts: cut lines, and settings that no real fleet has. */
export interface DrillSettings {
  /** Settings of parts, by name: they win over the usual ones. */
  readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Addresses at which others reach cells, by id, instead of the cells' own. */
  readonly urls: Readonly<Record<string, string>>;
}

/** A wrong flag, with what would be right. */
export class OptionFault extends Error {}

const DEFAULTS = {
  port: '8080',
  cells: 'eu-de-1,eu-fr-1,us-east-1,us-west-1',
  data: '.data',
  products: '2000',
} as const;

/** Ports above the router's that the fleet may take, so the highest port must leave this many. */
const PORT_SPAN = 300;
const PRODUCTS_MAX = 1_000_000;

/** Text of `--help`. */
export const HELP = `Starts the whole platform on this machine.

  npm start -- [flags]

  --port N               port of the router (${DEFAULTS.port}); router admin N+1, the fleet itself N+2, control plane N+10,
                         directory N+20, sandbox gateway N+30, cells N+101…, databases N+200…
  --cells A,B,…          cells to run (${DEFAULTS.cells})
  --data DIR             folder for all data, logs and keys (${DEFAULTS.data})
  --fresh                begin anew: everything in the data folder is removed first
  --products N           size of the demo catalogue (${DEFAULTS.products}); 0 loads no demo data
  --catalog FILE.csv     start with this Shopify CSV in place of the demo catalogue
  --currency CUR         currency of its prices (EUR)
  --default-country CC   country of shoppers of whom nothing else is known, such as DE
  --data-plane P         what carries requests: node (the default), or haproxy where that is installed
  --no-restart P,Q,…     parts that stay down when they end, for drills, such as
                         "directory,cell eu-fr-1"
  --drill FILE           JSON of what an experiment sets otherwise: {"env":{"cell eu-de-1":{…}},
                         "urls":{"eu-de-1":"http://127.0.0.1:…"}}
  --help                 this text
`;

/**
 * Reads the flags; undefined means that help was asked for. A relative folder is one of `from`.
 * Throws an {@link OptionFault} with a line that says what would be right.
 */
export function parseFleetOptions(
  words: readonly string[],
  from: string,
): FleetOptions | undefined {
  const values = parseFlags(words);
  if (values.help === true) return undefined;
  const cells = parseCells(values.cells ?? DEFAULTS.cells);
  const country = values['default-country'];
  if (country !== undefined && !/^[A-Z]{2}$/.test(country)) {
    throw new OptionFault(
      `--default-country is "${country}": give the two capital letters of a country, such as DE.`,
    );
  }
  const catalog = parseCatalog(values.catalog, values.currency, from);
  return {
    port: parseNumber('--port', values.port ?? DEFAULTS.port, 1, 65_535 - PORT_SPAN),
    cells,
    keepsCells: values.cells === undefined,
    dataDir: parseFolder(values.data ?? DEFAULTS.data, from),
    fresh: values.fresh === true,
    dataPlane: parseDataPlane(values['data-plane'] ?? 'node'),
    noRestart: parseParts(values['no-restart'] ?? '', cells),
    drill: readDrill(values.drill, from),
    products: parseNumber('--products', values.products ?? DEFAULTS.products, 0, PRODUCTS_MAX),
    ...(country === undefined ? {} : { defaultCountry: country }),
    ...(catalog === undefined ? {} : { catalog }),
  };
}

const FLAGS = {
  port: { type: 'string' },
  cells: { type: 'string' },
  data: { type: 'string' },
  fresh: { type: 'boolean' },
  products: { type: 'string' },
  catalog: { type: 'string' },
  currency: { type: 'string' },
  'default-country': { type: 'string' },
  'data-plane': { type: 'string' },
  'no-restart': { type: 'string' },
  drill: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parseFlags(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, strict: true }).values;
  } catch (error) {
    const said = (error as Error).message.split(/\.\s/)[0];
    throw new OptionFault(`${said}. See "npm start -- --help".`);
  }
}

function parseNumber(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new OptionFault(`${flag} is "${text}": give a number from ${min} to ${max}.`);
}

function parseCells(text: string): readonly string[] {
  const ids = text.split(',').map((id) => id.trim());
  const unknown = ids.find((id) => cellLocation(id) === undefined);
  if (unknown !== undefined) {
    const known = allCellLocations()
      .map(({ id }) => id)
      .join(', ');
    throw new OptionFault(`--cells names "${unknown}", which has no location. Known are ${known}.`);
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw new OptionFault(`--cells names "${repeated}" twice.`);
  return ids;
}

function parseDataPlane(text: string): FleetOptions['dataPlane'] {
  if (text === 'node' || text === 'haproxy') return text;
  throw new OptionFault(`--data-plane is "${text}": give node or haproxy.`);
}

/** Parts by name; a cell may be named by its id alone. */
function parseParts(text: string, cells: readonly string[]): readonly string[] {
  const known = ['control plane', 'directory', 'sandbox gateway', 'router'];
  const names = text.split(',').flatMap((word) => {
    const name = word.trim();
    return name === '' ? [] : [cells.includes(name) ? `cell ${name}` : name];
  });
  const all = [...known, ...cells.map((id) => `cell ${id}`)];
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new OptionFault(
      `--no-restart names "${unknown}", which is no part. Known are ${all.join(', ')}.`,
    );
  }
  return names;
}

const DrillFile = Type.Object(
  {
    env: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.String()))),
    urls: Type.Optional(Type.Record(Type.String(), Type.String({ pattern: '^http://127\\.' }))),
  },
  { additionalProperties: false },
);

function readDrill(file: string | undefined, from: string): DrillSettings {
  if (file === undefined) return { env: {}, urls: {} };
  const name = path.resolve(from, file);
  try {
    const { env = {}, urls = {} } = Value.Parse(
      DrillFile,
      JSON.parse(readFileSync(name, 'utf8')),
    ) as Partial<DrillSettings>;
    return { env, urls };
  } catch {
    throw new OptionFault(
      `--drill names "${name}", which is no file of a drill: see chaos/README.md for its form.`,
    );
  }
}

function parseCatalog(
  file: string | undefined,
  currency: string | undefined,
  from: string,
): FleetOptions['catalog'] {
  if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) {
    throw new OptionFault(`--currency is "${currency}": give three capital letters, such as EUR.`);
  }
  if (file === undefined) {
    if (currency === undefined) return undefined;
    throw new OptionFault('--currency belongs to --catalog FILE.csv: give both.');
  }
  const absolute = path.resolve(from, file);
  if (!existsSync(absolute)) {
    throw new OptionFault(`--catalog is "${file}", and there is no such file.`);
  }
  return { file: absolute, ...(currency === undefined ? {} : { currency }) };
}

function parseFolder(text: string, from: string): string {
  if (text === '') throw new OptionFault('--data is empty: give a folder.');
  const folder = path.resolve(from, text);
  if (folder === path.parse(folder).root) {
    throw new OptionFault(`--data is "${text}": give a folder of its own, such as .data.`);
  }
  return folder;
}
