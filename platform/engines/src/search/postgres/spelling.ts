import type { Language } from '@commerce/contracts/languages';
import { type Sql, statement } from '../../sql/sql.ts';
import { editDistance, foldWord, mistakesAllowed } from '../words.ts';

/** Mistyped words are put right by the index's own words: what the shop does not sell is no help. */

const findKnown = statement<{ folded: string }>(
  'search.pg.find-known-words',
  `SELECT w.folded FROM unnest($2::text[]) AS w (folded)
   WHERE EXISTS (SELECT 1 FROM search_words s
     WHERE s.language = ANY($1::text[]) AND s.documents > 0 AND s.folded >= w.folded
       AND s.folded < w.folded || chr(1114111))`,
);

interface Candidate {
  readonly word: string;
  readonly folded: string;
  readonly documents: number;
}
const findCandidates = statement<Candidate>(
  'search.pg.find-candidates',
  `SELECT word, folded, documents FROM search_words
   WHERE language = ANY($1::text[]) AND documents > 0
     AND (folded % $2 OR folded = ANY($3::text[]) OR folded LIKE ANY ($4::text[]))
   ORDER BY similarity(folded, $2) DESC, documents DESC LIMIT 50`,
);

/** Short words share few trigrams with their misspellings, so those are spelt out. */
const SPELT_OUT_LENGTH_MAX = 7;

/** Words with two neighbours swapped, or one letter less. */
function withoutOrSwapped(word: string): string[] {
  const letters = [...word];
  const words: string[] = [];
  for (let index = 0; index < letters.length; index += 1) {
    words.push(letters.toSpliced(index, 1).join(''));
    const [a, b] = [letters[index], letters[index + 1]];
    if (a !== undefined && b !== undefined) words.push(letters.toSpliced(index, 2, b, a).join(''));
  }
  return words;
}

/** Patterns of words with another letter at one place, or one more. Words hold no wildcards. */
function otherOrMore(word: string): string[] {
  const letters = [...word];
  return letters.flatMap((_, index) => [
    letters.toSpliced(index, 1, '_').join(''),
    letters.toSpliced(index + 1, 0, '_').join(''),
  ]);
}

function bestOf(folded: string, candidates: readonly Candidate[]): string | undefined {
  const allowed = mistakesAllowed(folded);
  let best: { word: string; distance: number; documents: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(folded, candidate.folded, allowed);
    if (distance > allowed) continue;
    const better =
      best === undefined ||
      distance < best.distance ||
      (distance === best.distance && candidate.documents > best.documents);
    if (better) best = { word: candidate.word, distance, documents: candidate.documents };
  }
  return best?.word;
}

/**
 * Puts the words right that no document's words begin with.
 * @returns the words with the wrong ones replaced, or undefined where nothing could be put right
 */
export async function correctWords(
  sql: Sql,
  words: readonly string[],
  languages: readonly Language[],
): Promise<string[] | undefined> {
  const tags = languages.map(({ tag }) => tag);
  const folded = words.map(foldWord);
  const known = new Set((await sql.query(findKnown, [tags, folded])).map((row) => row.folded));
  let corrected = false;
  const result = await Promise.all(
    words.map(async (word) => {
      const plain = foldWord(word);
      if (known.has(plain) || mistakesAllowed(plain) === 0) return word;
      const spelt = plain.length <= SPELT_OUT_LENGTH_MAX ? otherOrMore(plain) : [];
      const candidates = await sql.query(findCandidates, [
        tags,
        plain,
        withoutOrSwapped(plain),
        spelt,
      ]);
      const best = bestOf(plain, candidates);
      if (best === undefined) return word;
      corrected = true;
      return best;
    }),
  );
  return corrected ? result : undefined;
}
