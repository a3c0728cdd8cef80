import { synonymGroups } from '@commerce/contracts/synonyms';
import { foldWord } from './words.ts';

/** Looks up synonyms by what shoppers type: without accents. */

const known = new Map<string, ReadonlyMap<string, readonly string[]>>();

function readSynonyms(language: string): ReadonlyMap<string, readonly string[]> {
  let words = known.get(language);
  if (words === undefined) {
    const found = new Map<string, string[]>();
    for (const group of synonymGroups(language)) {
      for (const word of group) {
        const others = group.filter((other) => other !== word);
        const folded = foldWord(word.toLowerCase());
        found.set(folded, [...(found.get(folded) ?? []), ...others]);
      }
    }
    words = found;
    known.set(language, words);
  }
  return words;
}

/**
 * Words that mean the same as a word in one of the languages. A last letter more is mostly the plural,
 * so `sofas` has the synonyms of `sofa`.
 */
export function synonymsOf(word: string, languages: readonly string[]): readonly string[] {
  const folded = foldWord(word);
  const found = languages.flatMap((tag) => {
    const words = readSynonyms(tag);
    return words.get(folded) ?? words.get(folded.slice(0, -1)) ?? [];
  });
  return [...new Set(found)];
}
