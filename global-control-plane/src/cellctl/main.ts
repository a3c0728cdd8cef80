import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** `cellctl`: what operators do with cells, from a terminal. */

// Shoppers wait while a command starts in an emergency: with what was compiled before it takes half the
// time. A folder that can't be written changes nothing.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/cellctl', import.meta.url)));
const { runProgram } = await import('./program.ts');

const interrupted = new AbortController();
process.on('SIGINT', () => {
  // The first one lets what is under way come to a safe point; the second one does not wait.
  if (interrupted.signal.aborted) process.exit(130);
  process.stderr.write('\nstopping at the next safe point; press Ctrl-C again to stop at once\n');
  interrupted.abort();
});

// Whoever reads the first lines of a table and closes the pipe has seen enough: that is no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  // npm and the bin start it in the folder of the platform, and tell where the operator is.
  folder: process.env['INIT_CWD'] ?? process.cwd(),
  home: process.cwd(),
  signal: interrupted.signal,
});
