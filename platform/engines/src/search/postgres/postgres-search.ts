import { fileURLToPath } from 'node:url';
import type { Language } from '@commerce/contracts/languages';
import { migrate, readMigrations } from '../../sql/migrations.ts';
import { type Sql, type SqlValue, statement } from '../../sql/sql.ts';
import type { SearchEngine, SearchPosition, SearchQuery, SearchResult } from '../search.ts';
import { synonymsOf } from '../synonyms.ts';
import { foldWord, isPrefixWorthy, queryWordsOf } from '../words.ts';
import { type CountedDocuments, createFacetCounter, type FacetCounter } from './count-facets.ts';
import { countLanguages, createSearchedLanguages } from './languages.ts';
import {
  type CountedRow,
  facetsStatement,
  firstPageStatement,
  GROUPS_MAX,
  hitsStatement,
} from './query-text.ts';
import { correctWords } from './spelling.ts';
import { suggestFrom } from './suggest.ts';
import {
  CATEGORY_FACET,
  clearDocuments,
  insertDocuments,
  priceListOf,
  toDocumentRow,
  writeDocuments,
  writeWords,
} from './write-index.ts';

/** The adapter on PostgreSQL's text search and trigrams: the embedded default. */

export interface PostgresSearchOptions {
  readonly sql: Sql;
  /** Languages that may be indexed; a query in another is answered in those of its chain. */
  readonly languages: readonly Language[];
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

/** Fewer hits than this on the first page make the engine look for typing mistakes. */
const FEW_HITS = 3;
/** What a language's name and configuration may consist of: both stand in SQL texts. */
const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,30}$/;

const migrationsFolder = fileURLToPath(new URL('dialect/postgresql/migrations', import.meta.url));

/** Words of titles: sizes and countries stand in more products, and nobody looks for them alone. */
const findPopular = ({ tag, textSearchConfiguration }: Language) =>
  statement<{ word: string }>(
    `search.pg.find-popular-words.${tag}`,
    `SELECT w.word FROM search_words w
     WHERE w.language = '${tag}' AND w.documents > 0 AND char_length(w.word) > 2
       AND to_tsvector('${textSearchConfiguration}', w.word) <> ''
       AND EXISTS (
         SELECT 1 FROM search_texts t
         WHERE t.language = '${tag}' AND t.lexemes @@ to_tsquery('simple', quote_literal(w.folded) || ':A')
       )
     ORDER BY w.documents DESC, w.word LIMIT $1`,
  );

const listLanguages = statement<{ language: string }>(
  'search.pg.list-languages',
  "SELECT language FROM search_languages WHERE language <> ''",
);

/**
 * Makes the engine on a database.
 * @throws TypeError where there is no language, or one's name can't stand in a SQL text
 */
export function createPostgresSearch(options: PostgresSearchOptions): SearchEngine {
  const { sql } = options;
  const languages = new Map(options.languages.map((language) => [language.tag, language]));
  if (languages.size === 0) throw new TypeError('an index needs a language');
  for (const { tag, textSearchConfiguration } of options.languages) {
    if (!NAME_PATTERN.test(tag) || !NAME_PATTERN.test(textSearchConfiguration)) {
      throw new TypeError(`the language "${tag}" can not be indexed`);
    }
  }
  const searched = createSearchedLanguages(
    sql,
    languages,
    options.nowMs ?? (() => performance.now()),
  );
  const index = { sql, counter: createFacetCounter(sql) };
  const indexed = new Set<string>();

  /** Makes the languages' own indexes where they are missing: only those that have texts have one. */
  const ensureLanguages = async (tags: Iterable<string>): Promise<void> => {
    for (const tag of new Set(tags)) {
      if (indexed.has(tag) || !languages.has(tag)) continue;
      const name = `search_texts_lexemes_${tag.toLowerCase().replaceAll('-', '_')}`;
      await sql.execute(
        `CREATE INDEX IF NOT EXISTS ${name} ON search_texts USING gin (lexemes)
         WITH (fastupdate = off) WHERE language = '${tag}'`,
      );
      indexed.add(tag);
    }
  };

  return Object.freeze({
    async ensureIndex() {
      await migrate(sql, await readMigrations('search-index', migrationsFolder));
      await ensureLanguages((await sql.query(listLanguages)).map(({ language }) => language));
    },

    async index(documents) {
      const latest = latestOf(documents);
      if (latest.length === 0) return;
      await ensureLanguages(latest.flatMap(({ texts }) => Object.keys(texts)));
      await sql.transaction('search.index', async (transaction) => {
        const written = await writeDocuments(transaction, latest.map(toDocumentRow), false);
        const newer = latest.filter(({ id }) => written.has(id));
        if (newer.length === 0) return;
        const { words, removed } = await clearDocuments(transaction, [...written]);
        const added = await insertDocuments(transaction, newer, languages, words);
        await countLanguages(transaction, { removed, added });
        await writeWords(transaction, words);
      });
      searched.forget();
    },

    async remove(removals) {
      const latest = latestOf(removals);
      if (latest.length === 0) return;
      await sql.transaction('search.remove', async (transaction) => {
        const rows = latest.map(({ id, version }) => ({ id, version, facets: [], prices: [] }));
        const written = await writeDocuments(transaction, rows, true);
        const { words, removed } = await clearDocuments(transaction, [...written]);
        await countLanguages(transaction, { removed, added: [] });
        await writeWords(transaction, words);
      });
      searched.forget();
    },

    async search(query) {
      const words = queryWordsOf(query.text, query.language);
      const read = await searched.of(query.language);
      const nothingToFind = query.text.trim() !== '' && words.length === 0;
      if (nothingToFind || read.length === 0) return emptyResult(query);
      const result = await searchWords(index, query, read, words);
      const isFinal = query.after !== undefined || words.length === 0 || query.exact === true;
      if (isFinal || result.hits.length >= Math.min(FEW_HITS, query.limit)) return result;
      const { unknown, rare } = await correctWords(sql, words, read);
      if (unknown !== undefined) {
        const better = await searchWords(index, query, read, unknown);
        if (better.hits.length > result.hits.length) {
          return { ...better, correctedText: unknown.join(' ') };
        }
      }
      return rare === undefined ? result : { ...result, suggestedText: rare.join(' ') };
    },

    suggest: async (query) => suggestFrom(sql, query, await searched.of(query.language)),

    async popularTerms(language, limit) {
      const [first] = await searched.of(language);
      if (first === undefined) return [];
      return (await sql.query(findPopular(first), [limit])).map(({ word }) => word);
    },
  } satisfies SearchEngine);
}

/** The newest of each id: a batch may hold one twice. */
function latestOf<Item extends { readonly id: string; readonly version: number }>(
  items: readonly Item[],
): Item[] {
  const latest = new Map<string, Item>();
  for (const item of items) {
    if ((latest.get(item.id)?.version ?? -1) < item.version) latest.set(item.id, item);
  }
  return [...latest.values()];
}

function emptyResult(query: SearchQuery): SearchResult {
  const facets = query.after === undefined ? { facets: {}, facetsAreComplete: true } : {};
  return { hits: [], more: false, ...facets };
}

interface Group {
  readonly name: string;
  readonly entries: readonly string[];
}

function groupsOf(query: SearchQuery): Group[] {
  const groups = Object.entries(query.facets ?? {}).map(([name, values]) => ({
    name,
    entries: values.map((value) => `${name}=${value}`),
  }));
  if (query.category !== undefined) {
    groups.unshift({ name: CATEGORY_FACET, entries: [`${CATEGORY_FACET}=${query.category}`] });
  }
  if (groups.length > GROUPS_MAX) throw new RangeError(`a query has at most ${GROUPS_MAX} facets`);
  return groups;
}

async function searchWords(
  { sql, counter }: { readonly sql: Sql; readonly counter: FacetCounter },
  query: SearchQuery,
  languages: readonly Language[],
  words: readonly string[],
): Promise<SearchResult> {
  const groups = groupsOf(query);
  const key = { languages, hasText: words.length > 0, groups: groups.length };
  const tags = languages.map(({ tag }) => tag);
  const shared: SqlValue[] = [
    words.map((word) => [word, ...synonymsOf(word, tags)].join(' ')),
    words.map(foldWord),
    words.map((word) => String(isPrefixWorthy(foldWord(word)))),
    priceListOf(query),
    query.market,
    query.currency,
    query.priceMinMinor ?? null,
    query.priceMaxMinor ?? null,
    ...groups.map(({ entries }) => entries),
  ];
  const { after, limit } = query;
  // Nothing is more relevant than anything else where no word was given.
  const sort = query.sort === 'relevance' && words.length === 0 ? 'newest' : query.sort;
  // One more than asked for tells whether there are others.
  const toHits = (rows: readonly { id: string; key: bigint | number }[]) => ({
    hits: rows.slice(0, limit).map((row): SearchPosition => ({ id: row.id, key: Number(row.key) })),
    more: rows.length > limit,
  });
  const names = groups.map(({ name }) => name);
  if (after === undefined && words.length > 0) {
    const rows = await sql.query(firstPageStatement(key, sort), [...shared, limit + 1]);
    const found = rows.filter((row) => row.id !== null);
    const counted = rows.filter((row) => row.id === null);
    return { ...toHits(found), ...(await counter.count(counted.map(toCounted), names)) };
  }
  const page = [after?.key ?? null, after?.id ?? null, limit + 1];
  const [rows, counted] = await Promise.all([
    sql.query(hitsStatement(key, sort), [...shared, ...page]),
    after === undefined ? sql.query(facetsStatement(key), shared) : undefined,
  ]);
  const result = toHits(rows);
  if (counted === undefined) return result;
  return { ...result, ...(await counter.count(counted.map(toCounted), names)) };
}

const toCounted = ({ failures, documents, facets }: CountedRow): CountedDocuments => ({
  failures: Number(failures),
  documents: Number(documents),
  facets,
});
