import { userInfo } from 'node:os';
import { AppError } from '@commerce/contracts/problems';
import { input } from '@inquirer/prompts';
import { Command, CommanderError } from 'commander';
import { ControlFault } from '../modules/evacuation/index.ts';
import { type Cli, openCli, type Use } from './cli.ts';
import { type ConfigFlags, readConfig } from './config.ts';
import { CliFault, EXIT_CODES } from './exit-codes.ts';
import { addAudit } from './nouns/audit.ts';
import { addCells } from './nouns/cells.ts';
import { addCompletion } from './nouns/completion.ts';
import { addDrill } from './nouns/drill.ts';
import { addEvacuate } from './nouns/evacuate.ts';
import { addExplain } from './nouns/explain.ts';
import { addPartitions } from './nouns/partitions.ts';
import { addResidency } from './nouns/residency.ts';
import { addRouters } from './nouns/routers.ts';
import { addStatus } from './nouns/status.ts';
import { addStock } from './nouns/stock.ts';
import { addVerify } from './nouns/verify.ts';
import { createOutput, type Output } from './output.ts';

/** One file a noun; a new one is a line here. */
const NOUNS: readonly ((program: Command, use: Use) => void)[] = [
  addStatus,
  addCells,
  addPartitions,
  addEvacuate,
  addDrill,
  addVerify,
  addRouters,
  addStock,
  addResidency,
  addExplain,
  addAudit,
  addCompletion,
];

interface GlobalFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly color: boolean;
  readonly operator?: string;
}

export interface ProgramSurroundings {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that named files are looked for in. */
  readonly folder: string;
  /** Folder that the default configuration is in. */
  readonly home: string;
  readonly signal: AbortSignal;
}

/** Declares every command; nothing is read or opened before one of them runs. */
export function buildProgram(surroundings: ProgramSurroundings): Command {
  const program = new Command('cellctl')
    .description('Cells, partitions and evacuations of the platform, for operators.')
    .option('--json', 'print one JSON document, as without a terminal')
    .option('-y, --yes', 'answer every question with yes')
    .option('--no-color', 'print without colours')
    .option('--config <file>', 'where things are (CELLCTL_CONFIG; .data/cellctl.json)')
    .option('--directory <url>', 'endpoint of the directory (CELLCTL_DIRECTORY)')
    .option('--service-key-file <file>', 'key shared with the cells (CELLCTL_SERVICE_KEY_FILE)')
    .option('--router <url...>', 'addresses of routers for operators (CELLCTL_ROUTERS)')
    .option('--control-plane <url>', 'address of the control plane (CELLCTL_CONTROL_PLANE)')
    .option('--operator <name>', 'who you are, for the audit log (CELLCTL_OPERATOR)')
    .showHelpAfterError('(cellctl --help lists the commands)')
    .exitOverride();
  const use: Use =
    (work) =>
    async (...args) => {
      const cli = open(program.opts<GlobalFlags>(), surroundings);
      try {
        await work(cli, ...args);
      } finally {
        cli.out.endLive();
        await cli.close();
      }
    };
  for (const add of NOUNS) add(program, use);
  return program;
}

function open(flags: GlobalFlags, surroundings: ProgramSurroundings): Cli {
  const { stdout, stderr, env, signal } = surroundings;
  const out = createOutput({
    stdout,
    stderr,
    json: flags.json ?? !stdout.isTTY,
    colour: flags.color && stdout.isTTY && (env['NO_COLOR'] ?? '') === '',
    nowMs: () => performance.now(),
  });
  return openCli({
    out,
    config: readConfig(flags, env, surroundings),
    operator: flags.operator ?? env['CELLCTL_OPERATOR'] ?? userInfo().username,
    signal,
    confirm: (question, expected) =>
      confirm(out, question, expected, {
        yes: flags.yes === true,
        canAsk: process.stdin.isTTY && stderr.isTTY,
      }),
  });
}

/** What can't be undone by a keystroke needs more than one: the name is typed. */
async function confirm(
  out: Output,
  question: string,
  expected: string,
  { yes, canAsk }: { readonly yes: boolean; readonly canAsk: boolean },
): Promise<void> {
  if (yes) return;
  if (!canAsk) {
    throw new CliFault('refused', 'nobody is here to confirm it', 'Give --yes where you are sure.');
  }
  const typed = await input(
    { message: `${question} Type ${out.colours.bold(expected)} to go on:` },
    { output: process.stderr },
  );
  if (typed.trim() !== expected) throw new CliFault('refused', 'not confirmed; nothing was done');
}

/**
 * Runs one command line and tells how it ended.
 * @returns the exit code
 */
export async function runProgram(
  words: readonly string[],
  surroundings: ProgramSurroundings,
): Promise<number> {
  const { stderr, signal } = surroundings;
  try {
    await buildProgram(surroundings).parseAsync([...words], { from: 'user' });
    return signal.aborted ? EXIT_CODES.interrupted.code : EXIT_CODES.done.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
    const fault = toFault(error);
    stderr.write(`cellctl: ${fault.message}${/[.!?]$/.test(fault.message) ? '' : '.'}`);
    stderr.write(fault.cure === undefined ? '\n' : ` ${fault.cure}\n`);
    if (fault.exit === 'fault') stderr.write(`${(error as Error).stack ?? ''}\n`);
    return EXIT_CODES[fault.exit].code;
  }
}

function toFault(error: unknown): CliFault {
  if (error instanceof CliFault) return error;
  if (error instanceof ControlFault) {
    return error.kind === 'silent'
      ? new CliFault('unreachable', error.message, 'See runbooks/cell-unreachable.md.')
      : new CliFault('refused', error.message);
  }
  if (error instanceof AppError && error.code === 'unavailable') {
    const cure = 'Check that it runs and that its address is right (--directory).';
    return new CliFault('unreachable', error.options.detail ?? error.message, cure);
  }
  if (error instanceof Error && error.name === 'ExitPromptError') {
    return new CliFault('interrupted', 'not confirmed; nothing was done');
  }
  return new CliFault('fault', error instanceof Error ? error.message : String(error));
}
