import { spawn } from 'node:child_process';
import path from 'node:path';

/** What a tool printed, and how it ended. */
export interface ToolRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** No tool prints more than this; what does has gone wrong. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * Runs a JavaScript tool from node_modules under this Node and waits for its end.
 * @param script path below node_modules
 * @throws Error where the process can't be started, is ended by a signal, or prints without end.
 */
export function runTool(root: string, script: string, flags: readonly string[]): Promise<ToolRun> {
  return runProgram(root, process.execPath, [path.join(root, 'node_modules', script), ...flags]);
}

/**
 * Runs a program and waits for its end; a signal to this process ends it as well.
 * @throws Error where the process can't be started, is ended by a signal, or prints without end.
 */
export function runProgram(
  root: string,
  program: string,
  flags: readonly string[],
): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, flags, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = (): void => void child.kill('SIGTERM');
    process.once('SIGTERM', stop).once('SIGINT', stop);
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let bytes = 0;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        chunks[name].push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
      });
    }
    child.once('error', (cause) => {
      reject(new Error(`${program} does not start: ${cause.message}`, { cause }));
    });
    child.once('close', (code, signal) => {
      process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop);
      if (code === null) {
        reject(new Error(`${path.basename(flags[0] ?? program)} was ended by ${signal}`));
        return;
      }
      resolve({
        exitCode: code,
        stdout: Buffer.concat(chunks.stdout).toString('utf8'),
        stderr: Buffer.concat(chunks.stderr).toString('utf8'),
      });
    });
  });
}

/** Takes colours and cursor movements out of what a tool printed. */
export function plainText(text: string): string {
  // biome-ignore format: the escape character is what the expression is about.
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
}
