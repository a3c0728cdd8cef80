import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StepResult } from './run-steps.ts';
import { runProgram } from './tool.ts';

/** Longest source file, in lines: what is longer is about more than one thing. */
export const MAX_SOURCE_LINES = 450;

interface HouseRule {
  readonly applies: RegExp;
  readonly forbidden: RegExp;
  readonly reason: string;
}

const SOURCE = /\.(?:[cm]?[jt]s|tsx|jsx)$/;
const TEST = /\.test\.tsx?$/;
const ANY = /(?:)/;

// Each expression is written so that it does not find itself in this file.
const RULES: readonly HouseRule[] = [
  {
    applies: SOURCE,
    forbidden: /\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/,
    reason: 'unfinished work is not committed: do it, or leave the note out',
  },
  {
    applies: TEST,
    forbidden: /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.(?:only|skip|todo|fails)\b/,
    reason: 'every test runs',
  },
  {
    applies: SOURCE,
    forbidden: /@ts-(?:ignore|nocheck)\b/,
    reason: 'an error of types is mended, or expected with a reason',
  },
  {
    applies: ANY,
    forbidden: /(?:^|[\s"'`(=])\/(?:root|work|home\/\w+|Users\/\w+)\//,
    reason: 'a path of one machine means nothing on another',
  },
  {
    applies: ANY,
    forbidden: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
    reason: 'keys are made at start, never committed',
  },
];

/** Tools write these; nobody reads them line by line. */
const GENERATED = /^(?:package-lock\.json|.*\/openapi\.json)$/;
const BINARY = /\.(?:png|jpe?g|gif|ico|woff2?|pdf|zip|gz|mmdb)$/;

/** Finds what a file's text does against the house rules; one line for each. */
export function findOffences(file: string, text: string): string[] {
  const lines = text.split('\n');
  const offences = lines.flatMap((line, index) =>
    RULES.filter((rule) => rule.applies.test(file) && rule.forbidden.test(line)).map(
      (rule) => `${file}:${index + 1} ${rule.reason}: ${line.trim().slice(0, 80)}`,
    ),
  );
  const count = text.endsWith('\n') ? lines.length - 1 : lines.length;
  if (SOURCE.test(file) && count > MAX_SOURCE_LINES) {
    offences.push(`${file} has ${count} lines; the limit is ${MAX_SOURCE_LINES}`);
  }
  return offences;
}

/**
 * Holds every file that git tracks, or would if it were added, against the house rules.
 * @throws Error where `root` is no git work tree.
 */
export async function checkSources(root: string): Promise<StepResult> {
  const listing = await runProgram(root, 'git', [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
  ]);
  if (listing.exitCode !== 0) throw new Error(listing.stderr.trim());
  const files = listing.stdout
    .split('\0')
    .filter((file) => file !== '' && !GENERATED.test(file) && !BINARY.test(file));
  const offences: string[] = [];
  let looked = 0;
  for (const file of files) {
    const text = await readFile(path.join(root, file), 'utf8').catch((error: unknown) => {
      // A file that is deleted and not committed yet is still in git's list.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) continue;
    looked += 1;
    offences.push(...findOffences(file, text));
  }
  return { looked, findings: offences.join('\n') };
}
