import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GLOBAL_ID_TYPES, PARTITION_ID_TYPES } from '@commerce/contracts/ids';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Files that git tracks, or would. */
function listFiles(...patterns: readonly string[]): string[] {
  const flags = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const listed = execFileSync('git', flags, { cwd: ROOT, encoding: 'utf8' }).split('\n');
  return listed.filter((file) => file !== '' && existsSync(path.join(ROOT, file)));
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** Anchors that a code host gives to the headings of a page. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = read(file).matchAll(/^#{1,6} (.+)$/gm);
  const slugs = [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(slugs);
}

test('every link and picture of every page leads to a file and a heading that exist', () => {
  const pages = listFiles('*.md');
  expect(pages).toContain('README.md');
  const broken: string[] = [];
  for (const page of pages) {
    const text = read(page).replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? page : path.join(path.dirname(page), file);
      const exists = existsSync(path.join(ROOT, linked));
      if (!exists || (anchor !== undefined && !anchorsOf(linked).has(anchor))) {
        broken.push(`${page}: ${target}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test('every page in a folder of docs, and every runbook, is listed in the index of its folder', () => {
  const listed = listFiles('*README.md').map(
    (index) => [path.dirname(index), read(index)] as const,
  );
  const hidden = listFiles('docs/*/*.md', 'runbooks/*.md').filter((page) => {
    if (page.endsWith('README.md')) return false;
    return !listed.some(
      ([folder, text]) =>
        page.startsWith(`${folder}/`) && text.includes(`](${path.relative(folder, page)})`),
    );
  });
  expect(hidden).toEqual([]);
});

test.each([
  ['Shop API', 'cell/src'],
  ['Control plane API', 'global-control-plane/src'],
])('the operations of the %s are those of its routes', (heading, folder) => {
  const page = read('docs/reference/api-overview.md');
  const section = page.split('\n## ').find((part) => part.startsWith(heading)) ?? '';
  const documented = [...section.matchAll(/^\| `([A-Z]+) (\/\S+)` /gm)].map(
    ([, method = '', route = '']) => `${method} ${route}`,
  );
  const registered = listFiles(`${folder}/*.ts`)
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [
      ...read(file).matchAll(
        /\b(?:app|scope)\s*\.(get|post|put|patch|delete)\(\s*'(\/\w[^']*|\/\.[^']*)'/g,
      ),
    ])
    .map(([, method = '', route = '']) => {
      return `${method.toUpperCase()} ${route.replaceAll(/:(\w+)/g, '{$1}')}`;
    });
  expect(registered.length).toBeGreaterThan(20);
  expect(documented.toSorted()).toEqual([...new Set(registered)].toSorted());
});

test('the page of ids lists every type of id', () => {
  const rows = read('docs/reference/ids-and-headers.md').matchAll(
    /^\| `([a-z]{2,4})` +\| (.+?) +\| (yes|no) +\|$/gm,
  );
  const documented = Object.fromEntries(
    [...rows].map(([, type = '', , partitioned]) => [type, partitioned === 'yes']),
  );
  expect(documented).toEqual({
    ...Object.fromEntries(Object.keys(PARTITION_ID_TYPES).map((type) => [type, true])),
    ...Object.fromEntries(Object.keys(GLOBAL_ID_TYPES).map((type) => [type, false])),
  });
});
