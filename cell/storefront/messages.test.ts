import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { allLanguages, languageOf } from '@commerce/contracts/languages';
import { describe, expect, test } from 'vitest';
import root from './messages/en.json';

const HERE = import.meta.dirname;
/** Languages of the shop (CUS8); those without a catalogue fall back. */
const LANGUAGES_MIN = 50;

const catalogues = new Map(
  readdirSync(path.join(HERE, 'messages')).map((file) => {
    const text = readFileSync(path.join(HERE, 'messages', file), 'utf8');
    return [path.basename(file, '.json'), JSON.parse(text) as Record<string, string>] as const;
  }),
);
const keys = Object.keys(root) as (keyof typeof root)[];

/** Names of the values that a message takes, each once. */
function placeholdersOf(message: string): readonly string[] {
  const names = new Set<string>();
  // A message is a list of texts and placeholders; a placeholder is a list that begins with its name.
  const walk = (message: unknown): void => {
    for (const token of Array.isArray(message) ? (message as unknown[]) : []) {
      if (!Array.isArray(token)) continue;
      const [name, , choices] = token as unknown[];
      names.add(String(name));
      if (typeof choices === 'object' && choices !== null) Object.values(choices).forEach(walk);
    }
  };
  walk(compileMessage(message));
  return [...names].toSorted();
}

test('texts are kept for languages that the shop speaks', () => {
  for (const tag of catalogues.keys()) expect(languageOf(tag)?.tag, tag).toBe(tag);
  const spoken = allLanguages().map(({ tag }) => tag);
  expect(spoken).toEqual(expect.arrayContaining([...catalogues.keys()]));
  expect(catalogues.size).toBeGreaterThanOrEqual(LANGUAGES_MIN);
});

describe.each([...catalogues.keys()])('the texts in %s', (tag) => {
  const texts = catalogues.get(tag) ?? {};

  test('are texts that the English catalogue has too, with the same values in them', () => {
    for (const [key, text] of Object.entries(texts)) {
      expect(keys, `${key} is not in en.json`).toContain(key);
      expect(placeholdersOf(text), key).toEqual(placeholdersOf(root[key as keyof typeof root]));
      expect(text.trim(), key).toBe(text);
      expect(text, key).not.toBe('');
    }
  });

  test('have every form of a number that the language has', () => {
    const forms = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    for (const [key, text] of Object.entries(texts)) {
      for (const [, , choices] of (compileMessage(text) as unknown[][]).filter(Array.isArray)) {
        if (typeof choices !== 'object' || choices === null) continue;
        // `many` of French and Spanish is for millions, which no count of the shop reaches.
        const needed = forms.filter((form) => form !== 'many' || tag === 'ar');
        expect(Object.keys(choices), key).toEqual(expect.arrayContaining(needed));
      }
    }
  });
});

test.each([...catalogues.keys()])('the texts in %s are complete', (tag) => {
  expect(keys.filter((key) => !(key in (catalogues.get(tag) ?? {})))).toEqual([]);
});

test('every text is used somewhere', () => {
  const sources = readdirSync(HERE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.tsx?$/.test(entry.name))
    .filter(({ parentPath }) => !parentPath.includes(`${path.sep}dist`))
    .map(({ parentPath, name }) => readFileSync(path.join(parentPath, name), 'utf8'))
    .join('\n');
  const isUsed = (key: string): boolean =>
    // Keys of a family are put together from a name: `error.${name}.title`.
    sources.includes(`'${key}'`) || sources.includes(`\`${key.split('.')[0]}.\${`);
  expect(keys.filter((key) => !isUsed(key))).toEqual([]);
});
