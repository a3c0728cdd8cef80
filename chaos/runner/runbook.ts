import { type ChildProcess, spawn } from 'node:child_process';
import type { Parts } from './parts.ts';

/**
 * The commands of a runbook, as they are printed. Blocks of `sh` are run in the order of the page, in one
 * shell, so that a variable that one sets is there for the next. `sh by-hand` is shown and not run. A
 * comment `<!-- drill: kill cell eu-de-1 -->` makes the state that a page is about, before what follows it.
 */
export type RunbookStep =
  | { readonly kind: 'commands'; readonly line: number; readonly text: string }
  | { readonly kind: 'drill'; readonly line: number; readonly verb: Drill; readonly part: string };

export const DRILLS = ['kill', 'revive', 'freeze', 'thaw', 'await', 'sell'] as const;
export type Drill = (typeof DRILLS)[number];

const FENCE = /^ *```(\S*) *(\S*)/;
const DRILL = /^ *<!-- drill: (\w+) (.+?) -->/;

/** @throws TypeError for a drill that there is not, and for a block that does not end */
export function readRunbook(page: string): RunbookStep[] {
  const steps: RunbookStep[] = [];
  let block:
    | { readonly line: number; readonly isRun: boolean; readonly text: string[] }
    | undefined;
  for (const [index, text] of page.split('\n').entries()) {
    const line = index + 1;
    const fence = FENCE.exec(text);
    if (block === undefined) {
      const [, verb, part = ''] = DRILL.exec(text) ?? [];
      if (verb !== undefined) {
        const known = DRILLS.find((name) => name === verb);
        if (known === undefined) throw new TypeError(`line ${line}: there is no drill "${verb}"`);
        steps.push({ kind: 'drill', line, verb: known, part });
      }
      if (fence !== null) block = { line, isRun: fence[1] === 'sh' && fence[2] === '', text: [] };
    } else if (fence === null) {
      block.text.push(text.replace(/^ {3}/, ''));
    } else {
      if (block.isRun) {
        steps.push({ kind: 'commands', line: block.line, text: block.text.join('\n') });
      }
      block = undefined;
    }
  }
  if (block !== undefined) throw new TypeError(`the block of line ${block.line} does not end`);
  return steps;
}

export interface RunbookShell {
  /** Runs commands in the shell of the page. @throws Error with what they printed where one fails */
  run(text: string): Promise<string>;
  close(): void;
}

const DONE = '__runbook_step_is_done__';
const STEP_TIMEOUT_MS = 300_000;

function waitForMark(shell: ChildProcess, output: { text: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const from = output.text.length;
    const end = (): void => {
      clearTimeout(timer);
      shell.stdout?.off('data', look);
      shell.off('close', fail);
    };
    const fail = (): void => {
      end();
      reject(new Error(output.text.slice(from).trim()));
    };
    const look = (): void => {
      const printed = output.text.slice(from);
      if (!printed.includes(DONE)) return;
      end();
      resolve(printed.replace(DONE, '').trim());
    };
    const timer = setTimeout(fail, STEP_TIMEOUT_MS);
    shell.stdout?.on('data', look);
    shell.once('close', fail);
  });
}

/**
 * Opens a shell that stops at the first command that fails, a curl answered with an error included.
 * @param replace what is printed on pages, and what it is for this run, such as addresses
 * @param variables that a page lets its reader fill in
 */
export function openRunbookShell(options: {
  readonly folder: string;
  readonly replace: readonly (readonly [string, string])[];
  readonly variables: Readonly<Record<string, string>>;
  /** Words that `cellctl` and `npx cellctl` stand for. */
  readonly cellctl: readonly string[];
}): RunbookShell {
  const shell = spawn('bash', ['-euo', 'pipefail'], {
    cwd: options.folder,
    env: { ...process.env, ...options.variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { text: '' };
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output.text += chunk.toString();
    });
  }
  const quoted = options.cellctl.map((word) => `'${word}'`).join(' ');
  shell.stdin.write(
    `curl() { command curl --fail-with-body "$@"; }\ncellctl() { ${quoted} "$@"; }\nnpx() { "$@"; }\n`,
  );
  return {
    run(text) {
      const commands = options.replace.reduce(
        (made, [printed, actual]) => made.replaceAll(printed, actual),
        text,
      );
      const done = waitForMark(shell, output);
      shell.stdin.write(`${commands}\necho ${DONE}\n`);
      return done;
    },
    close: () => void shell.kill(),
  };
}

/** What pages can do to a fleet: to its parts, and by shoppers who buy in one of its cells. */
export interface DrillTools extends Parts {
  /** Comes back once orders were placed in the cell. */
  sell(part: string): Promise<void>;
}

/** Makes the state that a page is about. */
export function runDrill(parts: DrillTools, verb: Drill, part: string): Promise<void> {
  switch (verb) {
    case 'kill':
      return parts.kill(part);
    case 'revive':
      return parts.revive(part);
    case 'freeze':
      return parts.freeze(part);
    case 'thaw':
      return parts.thaw(part);
    case 'await':
      return parts.awaitReady(part);
    case 'sell':
      return parts.sell(part);
  }
}
