import { readFileSync } from 'node:fs';
import { ERRORS } from '@commerce/contracts/problems';
import { expect, test } from 'vitest';

const PAGE = new URL('../../../../docs/errors.md', import.meta.url);
const page = readFileSync(PAGE, 'utf8');

const ROW = /^\| \[`([a-z-]+)`\]\(#([a-z-]+)\) +\| (\d{3}) +\| (.+?) +\| (yes|no) +\|$/;

function rows() {
  return page.split('\n').flatMap((line) => {
    const [, code, anchor, status, title, retryable] = ROW.exec(line) ?? [];
    if (code === undefined) return [];
    return [{ code, anchor, status: Number(status), title, retryable: retryable === 'yes' }];
  });
}

test('the page of errors lists the table of errors, both ways and in its order', () => {
  const wanted = Object.entries(ERRORS).map(([code, entry]) => ({ code, anchor: code, ...entry }));
  expect(rows()).toEqual(wanted);
});

test('every error has a paragraph under the anchor that problem documents point to', () => {
  const sections = page.split('\n### ').slice(1);
  const named = sections.map((section) => section.split('\n')[0]);
  expect(named).toEqual(Object.keys(ERRORS));
  for (const section of sections) {
    const [heading, ...text] = section.trim().split('\n');
    expect(text.join(' ').trim().length, heading).toBeGreaterThan(40);
  }
});
