import type { Language } from '@commerce/contracts/languages';
import { type Sql, statement } from '../../sql/sql.ts';
import { editDistance, foldWord, mistakesAllowed } from '../words.ts';

/** Mistyped words are put right by the index's own words: what the shop does not sell is no help. */

const findKnown = statement<{ folded: string; documents: number }>(
  'search.pg.find-known-words',
  `SELECT w.folded, max(s.documents) AS documents FROM unnest($2::text[]) AS w (folded)
   JOIN search_words s ON s.language = ANY($1::text[]) AND s.documents > 0
     AND s.folded >= w.folded AND s.folded < w.folded || chr(1114111)
   GROUP BY w.folded`,
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

/** How a word is put right. */
interface Correction {
  readonly word: string;
  readonly documents: number;
}

function bestOf(folded: string, candidates: readonly Candidate[]): Correction | undefined {
  const allowed = mistakesAllowed(folded);
  let best: (Correction & { readonly distance: number }) | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(folded, candidate.folded, allowed);
    // A word that is only written differently is no correction.
    if (distance > allowed || distance === 0) continue;
    const better =
      best === undefined ||
      distance < best.distance ||
      (distance === best.distance && candidate.documents > best.documents);
    if (better) best = { word: candidate.word, distance, documents: candidate.documents };
  }
  return best;
}

async function findCorrection(
  sql: Sql,
  folded: string,
  tags: readonly string[],
): Promise<Correction | undefined> {
  if (mistakesAllowed(folded) === 0) return undefined;
  const spelt = folded.length <= SPELT_OUT_LENGTH_MAX ? otherOrMore(folded) : [];
  const values = [tags, folded, withoutOrSwapped(folded), spelt];
  return bestOf(folded, await sql.query(findCandidates, values));
}

/** A word that is this many times as usual is perhaps the one that was meant. */
const FAR_MORE_USUAL = 10;

export interface Corrections {
  /** With the words put right that no document's words begin with; undefined where there is none. */
  readonly unknown: readonly string[] | undefined;
  /** With rare words put right as well. */
  readonly rare: readonly string[] | undefined;
}

/** What was perhaps meant by the words of a query. */
export async function correctWords(
  sql: Sql,
  words: readonly string[],
  languages: readonly Language[],
): Promise<Corrections> {
  const tags = languages.map(({ tag }) => tag);
  const folded = words.map(foldWord);
  const known = new Map(
    (await sql.query(findKnown, [tags, folded])).map((row) => [row.folded, row.documents]),
  );
  const found = await Promise.all(folded.map((word) => findCorrection(sql, word, tags)));
  const correct = (isMeant: (correction: Correction, usual: number) => boolean) => {
    let changed = false;
    const corrected = words.map((word, index) => {
      const correction = found[index];
      const usual = known.get(folded[index] as string) ?? 0;
      if (correction === undefined || !isMeant(correction, usual)) return word;
      changed = true;
      return correction.word;
    });
    return changed ? corrected : undefined;
  };
  return {
    unknown: correct((_, usual) => usual === 0),
    rare: correct(({ documents }, usual) => documents >= usual * FAR_MORE_USUAL),
  };
}
