import { describe, expect, test } from 'vitest';
import { findOffences, MAX_SOURCE_LINES } from './house-rules.ts';

/** Put together here, so that the rules find nothing in this file. */
const word = (...parts: string[]): string => parts.join('');

describe('house rules', () => {
  test.each([
    ['a.ts', `// ${word('TO', 'DO')} later`, 'unfinished work'],
    ['a.mjs', `/* ${word('FIX', 'ME')} */`, 'unfinished work'],
    ['a.test.ts', `${word('test', '.only')}('x', () => {});`, 'every test runs'],
    ['a.test.ts', `${word('describe', '.skip')}('x', () => {});`, 'every test runs'],
    ['a.test.ts', `${word('test.concurrent', '.only')}('x', () => {});`, 'every test runs'],
    ['a.ts', `// ${word('@ts-', 'ignore')}`, 'an error of types'],
    ['docs/a.md', `see ${word('/ro', 'ot/')}notes`, 'a path of one machine'],
    ['a.ts', `const x = '${word('/ho', 'me/ada/')}x';`, 'a path of one machine'],
    ['key.pem', word('-----BEGIN ', 'PRIVATE KEY-----'), 'keys are made at start'],
  ])('in %s, %j is refused', (file, text, reason) => {
    expect(findOffences(file, `first line\n${text}\n`)).toEqual([
      expect.stringMatching(new RegExp(`^${file}:2 ${reason}`)),
    ]);
  });

  test.each([
    ['a.ts', "const route = '/v1/home/page';"],
    ['a.ts', `import { root } from './${word('ro', 'ot/wo')}rk/x.ts';`],
    ['a.test.ts', 'iterator.skip(3); readOnly.only; test.skipIf(isRoot);'],
    ['a.md', `a list of what is ${word('TO', 'DO')}`],
  ])('in %s, %j is nothing to complain of', (file, text) => {
    expect(findOffences(file, text)).toEqual([]);
  });

  test('a source file may have the limit of lines and not one more; other files any number', () => {
    const longest = 'x;\n'.repeat(MAX_SOURCE_LINES);
    expect(findOffences('a.ts', longest)).toEqual([]);
    expect(findOffences('a.ts', `${longest}x;\n`)).toEqual([
      `a.ts has ${MAX_SOURCE_LINES + 1} lines; the limit is ${MAX_SOURCE_LINES}`,
    ]);
    expect(findOffences('a.json', `${longest}x;\n`)).toEqual([]);
  });
});
