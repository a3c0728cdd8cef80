import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { changePage, formatTable, PAGE_FOLDER } from '../results/benchmarks-page.ts';
import type { Measurement, SuiteResult } from './suite.ts';

/** The table, on the terminal and in `docs/benchmarks.md`. */

const HEADINGS = [
  'measurement',
  'per s',
  'p50 ms',
  'p99 ms',
  'CPU ms each',
  'ratio',
  'goal',
] as const;

const formatNumber = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits);

function formatRow({ name, perSecond, p50Ms, p99Ms, cpuMs, ratio, goal }: Measurement): string[] {
  const cpu = Object.entries(cpuMs ?? {})
    .filter(([, value]) => value >= 0.0005)
    .map(([process, value]) => `${process} ${value.toFixed(value < 1 ? 3 : 2)}`);
  return [
    name,
    formatNumber(perSecond, perSecond !== undefined && perSecond >= 1_000 ? 0 : 1),
    formatNumber(p50Ms, 2),
    formatNumber(p99Ms, 2),
    cpu.join(', '),
    formatNumber(ratio, 2),
    goal === undefined ? '' : `${goal.text}: ${goal.isMet ? 'met' : 'not met in this run'}`,
  ];
}

/** Lines of the table of a suite. */
export function formatMeasurements(measurements: readonly Measurement[]): string[] {
  return formatTable([[...HEADINGS], ...measurements.map(formatRow)]);
}

/** Which machine measured, and how busy it was with other things. */
export function describeMachine(): string {
  const [cpu] = os.cpus();
  const model = cpu?.model.trim() ?? 'unknown processor';
  const memoryGiB = Math.round(os.totalmem() / 1024 ** 3);
  return `${os.cpus().length} cores (${model}), ${memoryGiB} GiB, ${os.type()} ${os.release()}, Node ${process.versions.node}; load average before the run ${os.loadavg()[0]?.toFixed(1)}`;
}

/** What a suite measured, as a section of the document; each says when and where it was measured. */
export function formatSection(machine: string, result: SuiteResult): string {
  const date = new Date().toISOString().slice(0, 10);
  return [
    `### ${result.title}`,
    '',
    `Measured on ${date}: ${machine}.`,
    '',
    ...formatMeasurements(result.measurements),
    '',
    ...result.notes.map((note) => `- ${note}`),
  ].join('\n');
}

const headingOf = (section: string): string => section.split('\n', 1)[0] ?? '';

/** Puts sections into the document, in place of those of the same title; the others stay. */
export async function writeDocument(sections: readonly string[]): Promise<void> {
  await changePage('measured', (text) => {
    const merged = new Map<string, string>();
    for (const section of text.split(/^(?=### )/m)) {
      if (section.startsWith('### ')) merged.set(headingOf(section), section.trim());
    }
    for (const section of sections) merged.set(headingOf(section), section);
    return [...merged.values()].join('\n\n');
  });
}

/** Puts pictures beside the document. */
export async function writeDrawings(drawings: SuiteResult['drawings']): Promise<void> {
  for (const [name, svg] of drawings ?? []) await writeFile(path.join(PAGE_FOLDER, name), svg);
}
