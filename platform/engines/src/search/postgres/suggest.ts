import type { Language } from '@commerce/contracts/languages';
import { type Sql, type Statement, statement } from '../../sql/sql.ts';
import type { SuggestQuery, Suggestions } from '../search.ts';
import { foldWord, isPrefixWorthy, queryWordsOf } from '../words.ts';
import { notIn } from './query-text.ts';

interface FoundTitle {
  readonly id: string;
  readonly title: string;
}

const findWords = statement<{ word: string; documents: number }>(
  'search.pg.find-words',
  `SELECT word, max(documents) AS documents FROM search_words
   WHERE language = ANY($1::text[]) AND folded >= $2 AND folded < $2 || chr(1114111)
     AND documents > 0
   GROUP BY word ORDER BY documents DESC, word LIMIT $3`,
);

const findByTitleStart = (languages: readonly Language[], n: number): Statement<FoundTitle> =>
  statement(
    `search.pg.title-start.${tagsOf(languages.slice(0, n + 1))}`,
    `SELECT t.id, t.title FROM search_texts t
     JOIN search_prices p ON p.id = t.id AND p.market = $2 AND p.currency = $3
     WHERE t.language = '${languages[n]?.tag ?? ''}'
       AND t.title_folded >= $1 AND t.title_folded < $1 || chr(1114111)
       AND ${notIn(languages.slice(0, n), 't.id')}
     ORDER BY t.title_folded, t.id LIMIT $4`,
  );

const findByTitleWords = (languages: readonly Language[], n: number): Statement<FoundTitle> =>
  statement(
    `search.pg.title-words.${tagsOf(languages.slice(0, n + 1))}`,
    `SELECT t.id, t.title FROM search_texts t
     JOIN search_prices p ON p.id = t.id AND p.market = $2 AND p.currency = $3
     WHERE t.language = '${languages[n]?.tag ?? ''}' AND t.lexemes @@ to_tsquery('simple', $1)
       AND ${notIn(languages.slice(0, n), 't.id')}
     ORDER BY t.id DESC LIMIT $4`,
  );

const tagsOf = (languages: readonly Language[]): string =>
  languages.map(({ tag }) => tag).join('+');

/** What continues the text that is being typed, in the languages that are searched, best first. */
export async function suggestFrom(
  sql: Sql,
  query: SuggestQuery,
  languages: readonly Language[],
): Promise<Suggestions> {
  const { language, market, currency, limit } = query;
  const words = queryWordsOf(query.prefix, language);
  const folded = words.map(foldWord);
  const last = folded.at(-1);
  if (last === undefined || languages.length === 0) return { terms: [], documents: [] };
  // Words hold letters, digits and marks only, so quoting them is all that the syntax needs.
  const titleQuery = folded
    .map((word, index) => (index < folded.length - 1 ? `'${word}':A` : `'${word}':*A`))
    .join(' & ');
  const find = (make: typeof findByTitleStart, text: string): Promise<FoundTitle[][]> =>
    Promise.all(
      languages.map((_, n) => sql.query(make(languages, n), [text, market, currency, limit])),
    );
  const [terms, starting, containing] = await Promise.all([
    sql.query(findWords, [languages.map(({ tag }) => tag), last, limit]),
    find(findByTitleStart, folded.join(' ')),
    isPrefixWorthy(last) ? find(findByTitleWords, titleQuery) : [],
  ]);
  const documents = new Map(
    [...starting.flat(), ...containing.flat()].map(({ id, title }) => [id, { id, title }]),
  );
  return {
    terms: terms.map(({ word }) => [...words.slice(0, -1), word].join(' ')),
    documents: [...documents.values()].slice(0, limit),
  };
}
