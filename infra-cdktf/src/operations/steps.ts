import { spawn } from 'node:child_process';

/** A command that an operation runs, and why. */
export interface Step {
  readonly says: string;
  readonly program: string;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to the command's input: for what must not be seen in a list of processes. */
  readonly input?: string;
  /** Exit codes that are an answer and no failure. */
  readonly allowed?: readonly number[];
}

export interface StepResult {
  readonly code: number;
  readonly output: string;
}

/** Runs steps, or tells what would be run. */
export interface Runner {
  readonly isDry: boolean;
  /** @throws StepFault where the command fails */
  run(step: Step): Promise<StepResult>;
}

/** A command that failed, and what it said. */
export class StepFault extends Error {
  constructor(step: Step, code: number | null, complaint: string) {
    super(`"${commandLine(step)}" ended with ${code ?? 'a signal'}: ${complaint.trim()}`);
    this.name = 'StepFault';
  }
}

export type Say = (line: string) => void;

const COMPLAINT_MAX = 2_000;

/** The step as somebody would type it. */
export function commandLine({ program, words }: Step): string {
  const quote = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return [program, ...words].map(quote).join(' ');
}

/** Prints every step and runs none. */
export function dryRunner(say: Say): Runner {
  return Object.freeze({
    isDry: true,
    run(step: Step): Promise<StepResult> {
      say(`# ${step.says}`);
      say(commandLine(step));
      return Promise.resolve({ code: 0, output: '' });
    },
  });
}

/** Runs every step, one line of what it is for before it. */
export function realRunner(say: Say): Runner {
  return Object.freeze({
    isDry: false,
    run(step: Step): Promise<StepResult> {
      say(step.says);
      return runCommand(step);
    },
  });
}

function runCommand(step: Step): Promise<StepResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(step.program, step.words, {
      env: { ...process.env, ...step.environment },
      stdio: [step.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let output = '';
    let complaint = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-COMPLAINT_MAX);
    });
    child.once('error', (error) =>
      reject(new StepFault(step, null, `${error.message}: install ${step.program}`)),
    );
    child.once('close', (code) => {
      if (code === 0 || (code !== null && step.allowed?.includes(code))) {
        resolve({ code, output });
      } else {
        reject(
          new StepFault(step, code, complaint === '' ? output.slice(-COMPLAINT_MAX) : complaint),
        );
      }
    });
    if (step.input !== undefined) child.stdin?.end(step.input);
  });
}
