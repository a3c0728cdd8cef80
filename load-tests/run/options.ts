import { parseArgs } from 'node:util';

/** What `npm run load` was asked for. */
export interface LoadOptions {
  readonly suite: string;
  readonly vus: number;
  /** As k6 reads it, such as `30s`. */
  readonly duration: string;
  readonly country: string;
  readonly placeOrderP95Ms: number;
  /** File of the HTML report; undefined for none. */
  readonly report: string | undefined;
  /** File of all results as JSON; undefined for none. */
  readonly json: string | undefined;
  /** Shop address of a fleet that runs already; undefined: one is started and removed. */
  readonly url: string | undefined;
  readonly dataDir: string;
  readonly cells: readonly string[];
  readonly products: number;
}

/** A wrong flag, with what would be right. */
export class LoadOptionFault extends Error {
  override readonly name = 'LoadOptionFault';
}

const FLAGS = {
  vus: { type: 'string', default: '20' },
  duration: { type: 'string', default: '30s' },
  country: { type: 'string', default: 'DE' },
  p95: { type: 'string', default: '3000' },
  report: { type: 'string' },
  json: { type: 'string' },
  url: { type: 'string' },
  data: { type: 'string', default: '.data' },
  cells: { type: 'string', default: 'eu-de-1,eu-fr-1' },
  products: { type: 'string', default: '500' },
  help: { type: 'boolean', short: 'h' },
} as const;

export function loadHelp(suites: readonly string[]): string {
  return `Lets generated shoppers shop through the router, and checks the books afterwards.

  npm run load -- SUITE [flags]

  SUITE          ${suites.join(', ')}
  --vus N        shoppers at the same time (20)
  --duration T   how long, such as 30s or 5m (30s)
  --country CC   where the shoppers are: DE, FR or US (DE)
  --p95 MS       95 of 100 orders are placed within this time (3000)
  --report FILE  write a report as one HTML page
  --json FILE    write all results as JSON
  --url URL      drive the fleet that runs at this shop address; its data stays
  --data DIR     data folder of that fleet (.data)
  --cells A,B,…  cells of the fleet that is started without --url (eu-de-1,eu-fr-1)
  --products N   size of its catalogue (500)
  --help         this text

Without --url a fleet of its own is started, and removed with everything that the shoppers left.
Exit codes: 0 all is well, 1 a threshold or an invariant is broken, 2 something could not be checked,
78 a flag or a program is missing.
`;
}

function parseNumber(flag: string, text: string, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new LoadOptionFault(`--${flag} is "${text}": give a number from 1 to ${max}.`);
}

function parseFlags(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, strict: true, allowPositionals: true });
  } catch (error) {
    const [said] = (error as Error).message.split(/\.\s/);
    throw new LoadOptionFault(`${said}. See "npm run load -- --help".`);
  }
}

/**
 * Reads the flags; undefined means that help was asked for.
 * @throws LoadOptionFault with a line that says what would be right
 */
export function parseLoadOptions(
  words: readonly string[],
  suites: readonly string[],
): LoadOptions | undefined {
  const { values, positionals } = parseFlags(words);
  if (values.help === true) return undefined;
  const [suite, ...more] = positionals;
  if (suite === undefined || !suites.includes(suite) || more.length > 0) {
    throw new LoadOptionFault(
      `Name one suite: ${suites.join(', ')}. See "npm run load -- --help".`,
    );
  }
  if (!/^\d{1,5}(?:ms|s|m|h)$/.test(values.duration)) {
    throw new LoadOptionFault(`--duration is "${values.duration}": give one such as 30s or 5m.`);
  }
  if (!['DE', 'FR', 'US'].includes(values.country)) {
    throw new LoadOptionFault(`--country is "${values.country}": give DE, FR or US.`);
  }
  return {
    suite,
    vus: parseNumber('vus', values.vus, 5_000),
    duration: values.duration,
    country: values.country,
    placeOrderP95Ms: parseNumber('p95', values.p95, 600_000),
    report: values.report,
    json: values.json,
    url: values.url,
    dataDir: values.data,
    cells: values.cells.split(',').map((cell) => cell.trim()),
    products: parseNumber('products', values.products, 1_000_000),
  };
}
