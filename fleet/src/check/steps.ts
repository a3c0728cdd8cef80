import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkSources } from './house-rules.ts';
import type { CheckStep, StepResult } from './run-steps.ts';
import { plainText, runTool, type ToolRun } from './tool.ts';

/** Everything that the tools' own findings are printed from when their counts can't be read. */
function outputOf({ stdout, stderr }: ToolRun): string {
  return plainText(`${stdout}${stderr}`).trim();
}

/** Reads JSON that a tool printed; its complaints are the error where it printed something else. */
function parseOutput(run: ToolRun): unknown {
  try {
    return JSON.parse(run.stdout);
  } catch {
    throw new Error(outputOf(run) || `it ended with code ${run.exitCode} and printed nothing`);
  }
}

async function checkFormat(root: string): Promise<StepResult> {
  const run = await runTool(root, '@biomejs/biome/bin/biome', ['format', '--max-diagnostics=20']);
  const output = outputOf(run);
  const looked = Number(/Checked (\d+) files?/.exec(output)?.[1] ?? 0);
  return { looked, findings: run.exitCode === 0 ? '' : output };
}

interface LintedFile {
  readonly filePath: string;
  readonly messages: readonly {
    readonly line?: number;
    readonly column?: number;
    readonly message: string;
    readonly ruleId: string | null;
  }[];
}

async function checkLint(root: string): Promise<StepResult> {
  const run = await runTool(root, 'eslint/bin/eslint.js', [
    '.',
    '--format=json',
    '--max-warnings=0',
  ]);
  const files = parseOutput(run) as LintedFile[];
  const findings = files.flatMap(({ filePath, messages }) =>
    messages.map(
      ({ line = 0, column = 0, message, ruleId }) =>
        `${path.relative(root, filePath)}:${line}:${column} ${message} (${ruleId ?? 'syntax'})`,
    ),
  );
  if (run.exitCode !== 0 && findings.length === 0) findings.push(outputOf({ ...run, stdout: '' }));
  return { looked: files.length, findings: findings.join('\n') };
}

/** What servers run, and what browsers are sent: the second knows a document and JSX. */
const TYPE_PROJECTS = ['tsconfig.json', 'tsconfig.web.json'];

async function checkTypes(root: string): Promise<StepResult> {
  const results: StepResult[] = [];
  for (const project of TYPE_PROJECTS) results.push(await checkTypeProject(root, project));
  return {
    looked: results.reduce((sum, { looked }) => sum + looked, 0),
    findings: results.flatMap(({ findings }) => (findings === '' ? [] : [findings])).join('\n'),
  };
}

async function checkTypeProject(root: string, project: string): Promise<StepResult> {
  const flags = ['-p', project, '--pretty', 'false', '--listFiles'];
  const run = await runTool(root, 'typescript/bin/tsc', flags);
  const lines = run.stdout.split('\n');
  // Findings name files from the root, the list of files names them in full.
  const isFile = (line: string): boolean => path.isAbsolute(line.trim());
  const ours = lines.filter((line) => isFile(line) && !line.includes('/node_modules/'));
  const findings = run.exitCode === 0 ? [] : lines.filter((line) => !isFile(line) && line !== '');
  return { looked: ours.length, findings: findings.join('\n') };
}

interface Structure {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
      readonly comment?: string;
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
}

/** Folders whose imports are checked. */
const SOURCE_FOLDERS = [
  'platform',
  'cell',
  'global-control-plane',
  'router',
  'fleet',
  'load-tests',
  'chaos',
];

async function checkStructure(root: string): Promise<StepResult> {
  const run = await runTool(root, 'dependency-cruiser/bin/dependency-cruiser.mjs', [
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'json',
    ...SOURCE_FOLDERS,
  ]);
  const { summary } = parseOutput(run) as Structure;
  const findings = summary.violations.map(({ from, to, rule, cycle, comment }) => {
    const path = [from, ...(cycle?.map(({ name }) => name) ?? [to])].join(' → ');
    return `${rule.name}: ${path}${comment === undefined ? '' : ` (${comment})`}`;
  });
  return { looked: summary.totalCruised, findings: findings.join('\n') };
}

async function checkDeadExports(root: string): Promise<StepResult> {
  const reporter = './fleet/src/check/knip-reporter.mjs';
  const run = await runTool(root, 'knip/bin/knip.js', ['--no-progress', '--reporter', reporter]);
  return parseOutput(run) as StepResult;
}

interface TestReport {
  readonly numTotalTests: number;
  readonly success: boolean;
}

async function checkTests(root: string): Promise<StepResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'commerce-check-'));
  try {
    const file = path.join(folder, 'report.json');
    const run = await runTool(root, 'vitest/vitest.mjs', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]);
    const report = JSON.parse(
      await readFile(file, 'utf8').catch(() => '{}'),
    ) as Partial<TestReport>;
    const passed = run.exitCode === 0 && report.success === true;
    return { looked: report.numTotalTests ?? 0, findings: passed ? '' : outputOf(run) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All steps, the quick ones first. */
export const CHECK_STEPS: readonly CheckStep[] = [
  { name: 'format', things: 'files', cure: 'npm run format', run: checkFormat },
  { name: 'house rules', things: 'files', run: checkSources },
  { name: 'structure', things: 'modules', run: checkStructure },
  { name: 'dead exports', things: 'files', run: checkDeadExports },
  { name: 'types', things: 'files', run: checkTypes },
  { name: 'lint', things: 'files', cure: 'node_modules/.bin/eslint . --fix', run: checkLint },
  { name: 'tests', things: 'tests', run: checkTests },
];
