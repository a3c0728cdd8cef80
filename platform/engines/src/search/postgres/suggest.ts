import { type Sql, statement } from '../../sql/sql.ts';
import type { SuggestQuery, Suggestions } from '../search.ts';
import { foldWord, isPrefixWorthy, queryWordsOf } from '../words.ts';

const findWords = statement<{ word: string }>(
  'search.pg.find-words',
  `SELECT word FROM search_words
   WHERE language = $1 AND folded >= $2 AND folded < $2 || chr(1114111) AND documents > 0
   ORDER BY documents DESC, word LIMIT $3`,
);
const findByTitleStart = statement<{ id: string; title: string }>(
  'search.pg.find-by-title-start',
  `SELECT t.id, t.title FROM search_texts t
   JOIN search_prices p ON p.id = t.id AND p.market = $3 AND p.currency = $4
   WHERE t.language = $1 AND t.title_folded >= $2 AND t.title_folded < $2 || chr(1114111)
   ORDER BY t.title_folded, t.id LIMIT $5`,
);
const findByTitleWords = statement<{ id: string; title: string }>(
  'search.pg.find-by-title-words',
  `SELECT t.id, t.title FROM search_texts t
   JOIN search_prices p ON p.id = t.id AND p.market = $3 AND p.currency = $4
   WHERE t.language = $1 AND t.lexemes @@ to_tsquery('simple', $2) ORDER BY t.id DESC LIMIT $5`,
);

/** What continues the text that is being typed. */
export async function suggestFrom(sql: Sql, query: SuggestQuery): Promise<Suggestions> {
  const { language, market, currency, limit } = query;
  const words = queryWordsOf(query.prefix, language);
  const folded = words.map(foldWord);
  const last = folded.at(-1);
  if (last === undefined) return { terms: [], documents: [] };
  // Words hold letters, digits and marks only, so quoting them is all that the syntax needs.
  const titleQuery = folded
    .map((word, index) => (index < folded.length - 1 ? `'${word}':A` : `'${word}':*A`))
    .join(' & ');
  const [terms, starting, containing] = await Promise.all([
    sql.query(findWords, [language, last, limit]),
    sql.query(findByTitleStart, [language, folded.join(' '), market, currency, limit]),
    isPrefixWorthy(last)
      ? sql.query(findByTitleWords, [language, titleQuery, market, currency, limit])
      : [],
  ]);
  const documents = new Map(
    [...starting, ...containing].map(({ id, title }) => [id, { id, title }]),
  );
  return {
    terms: terms.map(({ word }) => [...words.slice(0, -1), word].join(' ')),
    documents: [...documents.values()].slice(0, limit),
  };
}
