import { textIn } from '@commerce/contracts/localized-text';
import { editDistance, foldWord, wordsOf } from '@commerce/engines/search/words';
import type { SearchableCategory } from './source.ts';

/** Finds categories for words that found no product. */

const CATEGORIES_MAX = 6;
/** Letters that may differ, as a part of the longer word. */
const DIFFERENCE_MAX = 0.4;

/** How far a word is from another: 0 the same or the beginning of it, undefined too far. */
function distanceOf(word: string, other: string): number | undefined {
  if (other.startsWith(word) && word.length > 2) return 0;
  const most = Math.floor(Math.max(word.length, other.length) * DIFFERENCE_MAX);
  const distance = editDistance(word, other, most);
  return distance > most ? undefined : distance / Math.max(word.length, other.length);
}

/** Categories whose names are like one of the words, the nearest first; else those at the top. */
export function nearestCategories(
  categories: ReadonlyMap<string, SearchableCategory>,
  text: string,
  language: string,
): { handle: string; name: string }[] {
  const typed = wordsOf(text, language).map(foldWord);
  const named = [...categories.values()].map(({ handle, parent, names }) => {
    const name = textIn(names, language);
    const distances = wordsOf(name, language)
      .map(foldWord)
      .flatMap((word) => typed.map((other) => distanceOf(other, word)))
      .filter((distance) => distance !== undefined);
    return { handle, name, parent, distance: distances.length > 0 ? Math.min(...distances) : 1 };
  });
  const near = named
    .filter(({ distance }) => distance < 1)
    .toSorted((a, b) => a.distance - b.distance);
  const chosen = near.length > 0 ? near : named.filter(({ parent }) => parent === null);
  return chosen.slice(0, CATEGORIES_MAX).map(({ handle, name }) => ({ handle, name }));
}
