import path from 'node:path';
import { parseArgs } from 'node:util';
import { OptionFault } from '../options.ts';

/** What `npm run import` was asked for. */
export interface ImportCommand {
  /** Absolute path of the CSV. */
  readonly file: string;
  readonly vendor: string;
  /** Parameters of the import, as the control plane names them. */
  readonly query: Readonly<Record<string, string>>;
  /** Base URL of the control plane. */
  readonly url: string;
  readonly email: string;
  readonly password: string;
  /** Absolute path to write all findings to. */
  readonly errorsFile?: string;
}

/** The operator of a fleet that was started with `npm start`. */
const OPERATOR = { email: 'operator@platform.example', password: 'demo-password-operator' };
const DEFAULT_PORT = 8080;
/** Distance of the control plane's port from the router's. */
const CONTROL_PLANE_OFFSET = 10;

export const HELP = `Imports a Shopify product CSV into a running fleet.

  npm run import -- FILE.csv --vendor SLUG [flags]

  --vendor SLUG          whose products they are
  --dry-run              judge the whole file and change nothing
  --currency CUR         of the prices in the file (that of the vendor's country)
  --no-convert           sell only where that currency is taken: no prices in others
  --language TAG         of the texts in the file (en)
  --category HANDLE      for products whose own category is not known (other)
  --create-categories    make the categories that are missing
  --no-stock             leave the stock as it is
  --handle-prefix TEXT   put before every handle
  --errors FILE          write all errors and warnings to a CSV
  --port N               port of the fleet's router (${DEFAULT_PORT})
  --url URL              the control plane, where it is not on this machine
  --help                 this text

Signs in as the demo's operator, or with COMMERCE_EMAIL and COMMERCE_PASSWORD from the environment.
Exit code: 0 all products are in, 1 some or all are not, 2 it could not be tried.
`;

const FLAGS = {
  vendor: { type: 'string' },
  'dry-run': { type: 'boolean' },
  currency: { type: 'string' },
  'no-convert': { type: 'boolean' },
  language: { type: 'string' },
  category: { type: 'string' },
  'create-categories': { type: 'boolean' },
  'no-stock': { type: 'boolean' },
  'handle-prefix': { type: 'string' },
  errors: { type: 'string' },
  port: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, strict: true, allowPositionals: true });
  } catch (error) {
    const said = (error as Error).message.split(/\.\s/)[0];
    throw new OptionFault(`${said}. See "npm run import -- --help".`);
  }
}

function urlOf(url: string | undefined, port: string | undefined): string {
  if (url !== undefined) {
    if (!/^https?:\/\/[^/\s]+\/?$/.test(url)) {
      throw new OptionFault(`--url is "${url}": give an address such as http://127.0.0.1:8090.`);
    }
    return url.replace(/\/$/, '');
  }
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_525) {
    throw new OptionFault(`--port is "${port}": give the port of the fleet's router.`);
  }
  return `http://127.0.0.1:${number + CONTROL_PLANE_OFFSET}`;
}

/**
 * Reads the words; undefined means that help was asked for. A relative file is one of `from`.
 * @throws OptionFault with a line that says what would be right
 */
export function parseImportCommand(
  words: readonly string[],
  from: string,
  env: Readonly<Record<string, string | undefined>>,
): ImportCommand | undefined {
  const { values, positionals } = parseWords(words);
  if (values.help === true) return undefined;
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    throw new OptionFault('Name one file: npm run import -- FILE.csv --vendor SLUG.');
  }
  const { vendor } = values;
  if (vendor === undefined || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(vendor)) {
    throw new OptionFault(
      'Say whose products they are: --vendor SLUG, such as --vendor nordlicht.',
    );
  }
  const absolute = path.resolve(from, file);
  const named = (parameter: string, value: string | undefined): Record<string, string> =>
    value === undefined ? {} : { [parameter]: value };
  return {
    file: absolute,
    vendor,
    query: {
      vendor,
      fileName: path.basename(absolute).slice(-200),
      ...(values['dry-run'] === true ? { dryRun: 'true' } : {}),
      ...(values['no-convert'] === true ? { convert: 'false' } : {}),
      ...(values['no-stock'] === true ? { stock: 'ignore' } : {}),
      ...(values['create-categories'] === true ? { createCategories: 'true' } : {}),
      ...named('currency', values.currency),
      ...named('language', values.language),
      ...named('category', values.category),
      ...named('handlePrefix', values['handle-prefix']),
    },
    url: urlOf(values.url, values.port),
    email: env['COMMERCE_EMAIL'] ?? OPERATOR.email,
    password: env['COMMERCE_PASSWORD'] ?? OPERATOR.password,
    ...(values.errors === undefined ? {} : { errorsFile: path.resolve(from, values.errors) }),
  };
}
