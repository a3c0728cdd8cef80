import { fail } from '../src/fleet/fault.ts';

/** What one request costs, in milliseconds of one core; out of `docs/benchmarks.md`. */
export interface Measured {
  /** Day of the measurement, and the machine. */
  readonly on: string;
  readonly readCellMs: number;
  readonly readRouterMs: number;
  readonly checkoutCellMs: number;
  readonly checkoutDatabaseMs: number;
  readonly checkoutRouterMs: number;
  readonly checkoutRequests: number;
  readonly checkoutStatements: number;
  readonly checkoutTransactions: number;
  /** PostgreSQL's own time for one of these statements, without a cell. */
  readonly statementDatabaseMs: number;
}

/**
 * Reads the figures out of the page that `npm run bench -- --write` writes.
 * @throws InfraFault that names the figure which is not there
 */
export function readBenchmarks(page: string): Measured {
  const text = (what: string, expression: RegExp, from: string = page): string =>
    expression.exec(from)?.[1] ??
    fail(`docs/benchmarks.md has no ${what}.`, 'Measure it: npm run bench -- --write.');
  const row = (name: string): string =>
    page.split('\n').find((line) => line.startsWith(`| ${name} `)) ??
    fail(`docs/benchmarks.md has no row "${name}".`, 'Measure it: npm run bench -- --write.');
  const cpu = (name: string, part: string): number =>
    Number(text(`${part} in "${name}"`, new RegExp(`\\b${part} ([\\d.]+)`), row(name)));
  const [, statements = '', transactions = ''] =
    /(\d+) statements in (\d+) transactions/.exec(page) ??
    fail('docs/benchmarks.md does not count statements.', 'npm run bench -- sql-limit --write');
  return {
    on: text('date', /Measured on ([^:]+: [^;]+);/),
    readCellMs: cpu('router, Node data plane', 'cell'),
    readRouterMs: cpu('router, Node data plane', 'router'),
    checkoutCellMs: cpu('checkouts, through the router', 'cell'),
    checkoutDatabaseMs: cpu('checkouts, through the router', 'PostgreSQL'),
    checkoutRouterMs: cpu('checkouts, through the router', 'router'),
    checkoutRequests: WORDS[text('number of requests', /each checkout is (\w+) requests/)] ?? 0,
    checkoutStatements: Number(statements),
    checkoutTransactions: Number(transactions),
    statementDatabaseMs: cpu('the same SQL, pg alone', 'PostgreSQL') / Number(statements),
  };
}

const WORDS: Readonly<Record<string, number>> = { five: 5, six: 6, seven: 7, eight: 8, nine: 9 };
