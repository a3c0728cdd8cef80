import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function run(script: string, ...words: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, ...words], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

// A setting that a deployable gained or lost does not compile, nor does a property that the provider lacks.
test('the types are right', { timeout: 240_000 }, () => {
  expect(
    run('node_modules/typescript/bin/tsc', '-p', 'infra-cdktf/tsconfig.json', '--noEmit'),
  ).toBe('');
});

test('the house’s rules hold', { timeout: 240_000 }, () => {
  const flags = ['--config', 'infra-cdktf/eslint.config.js', '--max-warnings=0'];
  expect(
    run(
      'node_modules/eslint/bin/eslint.js',
      ...flags,
      'infra-cdktf/src',
      'infra-cdktf/test',
      'infra-cdktf/capacity',
    ),
  ).toBe('');
});
