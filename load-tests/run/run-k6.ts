import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ParsedJournal, parseJournal } from '../books/journal.ts';

/** One metric of k6's own summary. */
export interface K6Metric {
  readonly type: 'counter' | 'rate' | 'gauge' | 'trend';
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

export interface K6Summary {
  readonly metrics: Readonly<Record<string, K6Metric>>;
}

export interface K6Run {
  readonly summary: K6Summary;
  readonly journal: ParsedJournal;
  readonly durationMs: number;
}

/** k6's exit code where it ran to its end and a threshold did not hold. */
const THRESHOLD_FAILED = 99;

/**
 * Runs one script to its end.
 * @param env settings of the script
 * @param signal ends the run early; k6 lets iterations under way end
 * @throws Error with what k6 said where it broke off
 */
export async function runK6(
  binary: string,
  script: string,
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<K6Run> {
  const folder = await mkdtemp(path.join(tmpdir(), 'load-'));
  const journalFile = path.join(folder, 'journal.jsonl');
  const summaryFile = path.join(folder, 'summary.json');
  const settings = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const startedAt = performance.now();
  try {
    const words = [
      'run',
      '--quiet',
      '--no-usage-report',
      '--no-color',
      // No API server of its own: nothing of ours asks it, and its port is often taken.
      '--address',
      '',
      '--log-format',
      'raw',
      '--console-output',
      journalFile,
      '--env',
      `SUMMARY_FILE=${summaryFile}`,
      ...settings,
      script,
    ];
    const child = spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = (): void => void child.kill('SIGINT');
    signal?.addEventListener('abort', stop, { once: true });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-8_000);
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal?.removeEventListener('abort', stop);
    const durationMs = performance.now() - startedAt;
    const summary = await readFile(summaryFile, 'utf8').catch(() => undefined);
    if (summary === undefined || (code !== 0 && code !== THRESHOLD_FAILED && !signal?.aborted)) {
      throw new Error(`k6 ended with ${code}:\n${said.trim()}`);
    }
    const journal = await readFile(journalFile, 'utf8').catch(() => '');
    return {
      summary: JSON.parse(summary) as K6Summary,
      journal: parseJournal(journal),
      durationMs,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
