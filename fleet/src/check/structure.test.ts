import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** A small repository in which every import but the last one breaks one rule. */
const WRONG_IMPORTS: readonly (readonly [from: string, to: string, rule: RegExp])[] = [
  ['platform/contracts/src/a.ts', 'platform/engines/src/b.ts', /^contracts stand on nothing/],
  ['platform/engines/src/a.ts', 'platform/service/src/b.ts', /^engines stand on contracts/],
  ['platform/service/src/a.ts', 'cell/src/b.ts', /^service stands on engines/],
  ['cell/src/a.ts', 'router/src/b.ts', /^cell imports no other deployable/],
  ['router/src/a.ts', 'global-control-plane/src/b.ts', /^router imports no other deployable/],
  [
    'cell/src/modules/carts/a.ts',
    'cell/src/modules/orders/index.ts',
    /^cell: modules know nothing/,
  ],
  ['cell/src/modules/tax/a.ts', 'cell/src/flows/checkout.ts', /^cell: modules knows nothing above/],
  ['cell/src/partitions/a.ts', 'cell/src/modules/tax/index.ts', /^cell: partitions knows nothing/],
  ['cell/src/flows/a.ts', 'cell/src/modules/orders/store.ts', /^cell: a module is entered by/],
  ['router/src/circle/a.ts', 'router/src/circle/b.ts', /^no circles/],
  ['router/src/c.ts', 'router/src/d.test.ts', /^nobody imports a test/],
];
const ALLOWED = ['cell/src/flows/b.ts', 'cell/src/modules/orders/index.ts'] as const;

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

let folder = '';
let violations: readonly Violation[] = [];

async function writeSource(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), text);
}

function importOf(from: string, to: string): string {
  const relative = path.posix.relative(path.posix.dirname(from), to);
  return `import '${relative.startsWith('.') ? relative : `./${relative}`}';\n`;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commerce-structure-'));
  for (const [, to] of [...WRONG_IMPORTS, ALLOWED]) await writeSource(to, 'export {};\n');
  for (const [from, to] of [...WRONG_IMPORTS, ALLOWED]) await writeSource(from, importOf(from, to));
  await writeSource('router/src/circle/b.ts', "import './a.ts';\n");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      path.join(root, '.dependency-cruiser.mjs'),
      '--output-type',
      'json',
      'platform',
      'cell',
      'router',
      'global-control-plane',
    ],
    { cwd: folder, maxBuffer: 16 * 1024 * 1024 },
  ).catch((error: unknown) => error as { stdout: string });
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
  violations = summary.violations;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the direction of imports', () => {
  test.each(WRONG_IMPORTS)('%s may not import %s', (from, to, rule) => {
    const found = violations.filter((entry) => entry.from === from && entry.to === to);
    expect(found.map((entry) => entry.rule.name)).toContainEqual(expect.stringMatching(rule));
  });

  test('a flow may enter a module by its index', () => {
    expect(violations.filter((entry) => entry.from === ALLOWED[0])).toEqual([]);
  });
});
