import { compileMessage } from '@lingui/message-utils/compileMessage';
import { describe, expect, test } from 'vitest';
import { chooseLanguage, directionOf, languageTags, loadMessages } from './catalogues.ts';

/** Names of all placeholders of a message, those inside of plurals too. */
function placeholdersOf(message: string): string[] {
  const names = new Set<string>();
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    for (const token of part) {
      if (!Array.isArray(token)) continue;
      const [name, , branches] = token as [unknown, unknown, unknown];
      if (typeof name === 'string') names.add(name);
      if (branches !== null && typeof branches === 'object') {
        Object.values(branches).forEach(visit);
      }
    }
  };
  visit(compileMessage(message));
  return [...names].toSorted();
}

const english = await loadMessages('en');
const catalogues = await Promise.all(
  languageTags.map(async (tag) => [tag, await loadMessages(tag)] as const),
);

test('the console speaks English, German and Arabic at least', () => {
  expect(languageTags).toEqual(expect.arrayContaining(['ar', 'de', 'en']));
});

describe.each(catalogues)('the messages in %s', (tag, messages) => {
  test('are those of English, with the same placeholders', () => {
    expect(Object.keys(messages).toSorted()).toEqual(Object.keys(english).toSorted());
    for (const [key, message] of Object.entries(messages)) {
      const wanted = placeholdersOf(english[key as keyof typeof english]);
      expect({ key, placeholders: placeholdersOf(message) }).toEqual({
        key,
        placeholders: wanted,
      });
    }
  });

  test('say something for every number that the language tells apart', () => {
    const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    for (const [key, message] of Object.entries(messages)) {
      if (!message.includes(', plural,')) continue;
      const branches = [...message.matchAll(/\b(zero|one|two|few|many|other) \{/g)];
      const named = branches.map(([, category = '']) => category);
      // Where the form is the same for all numbers, "other" alone is enough.
      const expected = named.length === 1 ? ['other'] : categories;
      expect({ key, named: named.toSorted() }).toEqual({ key, named: expected.toSorted() });
    }
  });
});

test('the language is the first wish that there is, however closely it is named', () => {
  const known = ['ar', 'de', 'en', 'pt-BR'];
  expect(chooseLanguage(['fr', 'de-AT', 'en'], known)).toBe('de');
  expect(chooseLanguage(['PT-br'], known)).toBe('pt-BR');
  expect(chooseLanguage(['fr'], known)).toBe('en');
  expect([directionOf('ar-EG'), directionOf('de')]).toEqual(['rtl', 'ltr']);
});
