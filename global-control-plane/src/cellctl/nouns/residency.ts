import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@commerce/contracts/problems';
import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Command } from 'commander';
import {
  fetchResidencyEvidence,
  makeResidencyReport,
  renderResidencyHtml,
  type ResidencyReport,
} from '../../modules/residency/index.ts';
import type { Cli, Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { countOf, formatCount } from '../format.ts';

export function addResidency(program: Command, use: Use): void {
  program
    .command('residency')
    .description('where cells keep personal data, and by what right')
    .command('report')
    .description('make the report of one cell, from its stores as they are')
    .requiredOption('--cell <cell>', 'the cell')
    .option('--html <file>', 'write the report as a page as well')
    .option('--output <file>', 'write the report as JSON as well')
    .action(use(report));
}

interface ReportFlags {
  readonly cell: string;
  readonly html?: string;
  readonly output?: string;
}

async function report(cli: Cli, flags: ReportFlags): Promise<void> {
  const cell = await cli.requireCell(flags.cell);
  const call = { caller: 'cellctl', audience: cell.id, clock: cli.clock };
  const authorization = signServiceCall(cli.serviceKey, call);
  const evidence = await fetchResidencyEvidence(cell.url, authorization).catch((cause: unknown) => {
    if (!(cause instanceof AppError)) throw cause;
    throw new CliFault(
      'unreachable',
      `${cell.id} gave no evidence: ${cause.message}`,
      `See cellctl cells show ${cell.id}.`,
      { cause },
    );
  });
  const made = makeResidencyReport(evidence, await cli.listCells());
  await writeReports(made, flags);
  cli.out.result(made, () => printReport(cli, made, flags));
  await cli.audit.record({
    action: 'residency.report',
    subject: cell.id,
    outcome: made.verdict,
    detail: { findings: made.findings.length, evidence: made.evidenceSha256 },
  });
  if (made.verdict === 'violations') {
    const count = made.findings.filter(({ severity }) => severity === 'violation').length;
    throw new CliFault(
      'different',
      `${countOf(count, 'violation')} in ${cell.id}`,
      'See docs/explanation/residency.md for what each rule means.',
    );
  }
}

/** Files are named from where the operator is, not from where npm runs. */
const inOperatorsFolder = (file: string): string =>
  path.resolve(process.env['INIT_CWD'] ?? process.cwd(), file);

async function writeReports(made: ResidencyReport, flags: ReportFlags): Promise<void> {
  const write = async (file: string, text: string): Promise<void> => {
    await writeFile(inOperatorsFolder(file), text).catch((cause: unknown) => {
      const { code } = cause as NodeJS.ErrnoException;
      throw new CliFault('usage', `${file} can not be written (${code})`, undefined, { cause });
    });
  };
  if (flags.html !== undefined) await write(flags.html, renderResidencyHtml(made));
  if (flags.output !== undefined) {
    await write(flags.output, `${JSON.stringify(made, undefined, 2)}\n`);
  }
}

function printReport(cli: Cli, made: ResidencyReport, flags: ReportFlags): void {
  const { out } = cli;
  const subjects = made.subjects.reduce((sum, row) => sum + row.customers + row.guests, 0);
  const paint = { violations: out.colours.red, 'to review': out.colours.yellow } as const;
  const colour = made.verdict === 'nothing found' ? out.colours.green : paint[made.verdict];
  out.facts([
    ['cell', out.colours.bold(made.cell)],
    ['lies in', `${made.location}, ${made.country} (${made.jurisdictionName})`],
    ['law', made.laws.map((law) => `${law.reference}, ${law.version}`).join('; ')],
    ['as of', made.asOf],
    ['verdict', colour(made.verdict)],
    ['people', formatCount(subjects)],
  ]);
  out.line();
  out.table(
    ['COUNTRY', 'CUSTOMERS', 'GUESTS', 'IN COPIES', 'BASIS'],
    made.subjects.map((row) => [
      row.country ?? 'unknown',
      formatCount(row.customers),
      formatCount(row.guests),
      formatCount(row.inCopies),
      row.basis,
    ]),
  );
  out.line();
  out.table(
    ['STORE', 'LIES IN', 'CLASSES', 'ITEMS'],
    made.stores.map((store) => [
      store.name,
      `${store.country ?? 'unknown'}${store.isInside === false ? ' (OUTSIDE)' : ''}`,
      store.classes.join(', ') || 'none',
      store.items === null ? '' : formatCount(store.items),
    ]),
  );
  for (const { severity, code, where, detail } of made.findings) {
    const text = `${severity} ${code} ${where}: ${detail}`;
    out.line(severity === 'violation' ? out.colours.red(text) : out.colours.yellow(text));
  }
  out.line();
  for (const gap of made.gaps) out.line(`not seen: ${gap}`);
  for (const file of [flags.html, flags.output]) {
    if (file !== undefined) out.line(`written: ${inOperatorsFolder(file)}`);
  }
}
