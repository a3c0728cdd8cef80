import { spawn } from 'node:child_process';

/** How a program ended. */
export interface ToolResult {
  /** Null where the program could not be started or was ended by a signal. */
  readonly code: number | null;
  /** The end of what it said, on both streams. */
  readonly output: string;
}

const OUTPUT_KEPT = 16_384;

/** Runs a program to its end; a program that is not there is an answer like any other. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly env?: Readonly<Record<string, string>> },
): Promise<ToolResult> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      env: { ...process.env, ...options.env },
    });
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_KEPT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The first line of a program's output that tells of an error, else the last line. */
export function lastWords(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (lines.find((line) => /error|unable|denied/i.test(line)) ?? lines.at(-1) ?? '').slice(
    0,
    300,
  );
}
