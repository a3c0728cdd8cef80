import { expect, test } from 'vitest';
import { languageOf } from './languages.ts';
import { languagesWithSynonyms, synonymGroups } from './synonyms.ts';

test('each file is of a language of the shop, and each word is one word that stands in one group', () => {
  expect(languagesWithSynonyms()).toContain('en');
  for (const language of languagesWithSynonyms()) {
    expect(languageOf(language)).toBeDefined();
    const words = synonymGroups(language).flat();
    expect(words.length).toBeGreaterThan(0);
    expect(new Set(words).size, language).toBe(words.length);
    for (const word of words) expect(word, language).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
    for (const group of synonymGroups(language)) expect(group.length).toBeGreaterThan(1);
  }
  expect(synonymGroups('nds')).toEqual([]);
});
