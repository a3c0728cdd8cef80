/** How text becomes words, the same way when it is indexed and when it is searched. */

/** Longest text of a query that is looked at, and most words of it. */
const QUERY_LENGTH_MAX = 200;
const QUERY_WORDS_MAX = 12;
/** Longer words are no words: ids, links, noise. */
const WORD_LENGTH_MAX = 40;

/** Scripts that put no space between words: Han, kana, Thai, Lao, Khmer, Burmese. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

const segmenters = new Map<string, Intl.Segmenter>();

function segmenterOf(language: string): Intl.Segmenter {
  let segmenter = segmenters.get(language);
  if (segmenter === undefined) {
    segmenter = new Intl.Segmenter(language, { granularity: 'word' });
    segmenters.set(language, segmenter);
  }
  return segmenter;
}

/** Lower-case words of a text in their order; unspaced scripts are cut by dictionary. */
export function wordsOf(text: string, language: string): string[] {
  const plain = text.normalize('NFKC').toLowerCase();
  const words: string[] = [];
  for (const word of plain.match(WORD) ?? []) {
    if (!UNSPACED.test(word)) {
      words.push(word);
      continue;
    }
    for (const { segment, isWordLike } of segmenterOf(language).segment(word)) {
      if (isWordLike === true) words.push(segment);
    }
  }
  return words.filter((word) => word.length <= WORD_LENGTH_MAX);
}

/** Words of a query, bounded. */
export function queryWordsOf(text: string, language: string): string[] {
  return wordsOf(text.slice(0, QUERY_LENGTH_MAX), language).slice(0, QUERY_WORDS_MAX);
}

/**
 * Scripts whose marks may be left out in writing. In others, such as Devanagari and Tamil, the marks are
 * the vowels: without them different words would be one.
 */
const MARKED =
  /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}])\p{M}+/gu;

/** Letters that people write for each other, or that no decomposition takes apart. */
const WRITTEN_FOR: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ß: 'ss',
    æ: 'ae',
    œ: 'oe',
    ø: 'o',
    ł: 'l',
    đ: 'd',
    ð: 'd',
    þ: 'th',
    ı: 'i',
    ə: 'e',
    ς: 'σ',
    ґ: 'г',
    // Arabic and Persian keyboards have different letters for the same sound.
    ى: 'ي',
    ی: 'ي',
    ک: 'ك',
    ة: 'ه',
  }),
);
const WRITTEN_FOR_PATTERN = new RegExp(`[${[...WRITTEN_FOR.keys()].join('')}\u0640]`, 'gu');

/**
 * The word without accents and other marks: `crème` is found by `creme`. The marks of kana and of
 * Indic scripts are left, as they tell letters apart.
 */
export function foldWord(word: string): string {
  if (UNSPACED.test(word)) return word;
  return word
    .normalize('NFD')
    .replace(MARKED, '$1')
    .normalize('NFC')
    .replace(WRITTEN_FOR_PATTERN, (letter) => WRITTEN_FOR.get(letter) ?? '');
}

/** Shortest beginning of a word that is searched for as one. */
export function isPrefixWorthy(word: string): boolean {
  return word.length >= (UNSPACED.test(word) ? 1 : 3);
}

/**
 * Number of letters that differ, with a swap of neighbours as one (optimal string alignment); stops
 * counting above `most`.
 */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(
        (previous[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (previous[j - 1] as number) + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforePrevious[j - 2] as number) + 1);
      }
      row.push(best);
    }
    if (Math.min(...row) > most) return most + 1;
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length] as number;
}

/** Typing mistakes that are forgiven in a word of this length. */
export function mistakesAllowed(word: string): number {
  if (word.length < 4) return 0;
  return word.length < 8 ? 1 : 2;
}
