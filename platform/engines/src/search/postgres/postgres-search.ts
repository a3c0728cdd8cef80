import { fileURLToPath } from 'node:url';
import type { Language } from '@commerce/contracts/languages';
import { migrate, readMigrations } from '../../sql/migrations.ts';
import { type Sql, type SqlValue, statement } from '../../sql/sql.ts';
import type {
  FacetValue,
  SearchEngine,
  SearchPosition,
  SearchQuery,
  SearchResult,
} from '../search.ts';
import { synonymsOf } from '../synonyms.ts';
import { foldWord, isPrefixWorthy, queryWordsOf } from '../words.ts';
import { countLanguages, createSearchedLanguages } from './languages.ts';
import {
  COUNTED_MAX,
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
/** Facet values that are given of one facet. */
const FACET_VALUES_MAX = 100;
/** What a language's name and configuration may consist of: both stand in SQL texts. */
const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,30}$/;

const migrationsFolder = fileURLToPath(new URL('dialect/postgresql/migrations', import.meta.url));

const findPopular = statement<{ word: string }>(
  'search.pg.find-popular-words',
  `SELECT word FROM search_words
   WHERE language = $1 AND documents > 0 AND char_length(word) > 2
     AND to_tsvector($2::regconfig, word) <> ''
   ORDER BY documents DESC, word LIMIT $3`,
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
        const rows = latest.map(({ id, version }) => ({ id, version, facets: [] }));
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
      const result = await searchWords(sql, query, read, words);
      const isFinal = query.after !== undefined || words.length === 0 || query.exact === true;
      if (isFinal || result.hits.length >= Math.min(FEW_HITS, query.limit)) return result;
      const { unknown, rare } = await correctWords(sql, words, read);
      if (unknown !== undefined) {
        const better = await searchWords(sql, query, read, unknown);
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
      const values = [first.tag, first.textSearchConfiguration, limit];
      return (await sql.query(findPopular, values)).map(({ word }) => word);
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
  sql: Sql,
  query: SearchQuery,
  languages: readonly Language[],
  words: readonly string[],
): Promise<SearchResult> {
  const key = { languages, hasText: words.length > 0 };
  const groups = groupsOf(query);
  const tags = languages.map(({ tag }) => tag);
  const shared: SqlValue[] = [
    words.map((word) => [word, ...synonymsOf(word, tags)].join(' ')),
    words.map(foldWord),
    words.map((word) => String(isPrefixWorthy(foldWord(word)))),
    query.market,
    query.currency,
    query.priceMinMinor ?? null,
    query.priceMaxMinor ?? null,
    ...Array.from({ length: GROUPS_MAX }, (_, index) => groups[index]?.entries ?? null),
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
  if (after === undefined && words.length > 0 && sort !== 'newest') {
    const rows = await sql.query(firstPageStatement(key, sort), [...shared, names, limit + 1]);
    const found = rows.flatMap(({ id, number }) => (id === null ? [] : [{ id, key: number }]));
    const counts = rows.flatMap(({ entry, number }) =>
      entry === null ? [] : [{ entry, count: number }],
    );
    return { ...toHits(found), ...toFacets(counts) };
  }
  const page = [after?.key ?? null, after?.id ?? null, limit + 1];
  const [rows, counts] = await Promise.all([
    sql.query(hitsStatement(key, sort), [...shared, ...page]),
    after === undefined ? sql.query(facetsStatement(key), [...shared, names]) : undefined,
  ]);
  const result = toHits(rows);
  return counts === undefined ? result : { ...result, ...toFacets(counts) };
}

function toFacets(
  rows: readonly { readonly entry: string; readonly count: bigint | number }[],
): Pick<SearchResult, 'facets' | 'facetsAreComplete'> {
  const facets: Record<string, FacetValue[]> = {};
  let documents = 0;
  for (const { entry, count: total } of rows) {
    const count = Number(total);
    if (entry === '') {
      documents = count;
      continue;
    }
    const end = entry.indexOf('=');
    const name = entry.slice(0, end) === CATEGORY_FACET ? 'category' : entry.slice(0, end);
    facets[name] ??= [];
    facets[name].push({ value: entry.slice(end + 1), count });
  }
  for (const [name, values] of Object.entries(facets)) {
    facets[name] = values
      .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, FACET_VALUES_MAX);
  }
  return { facets, facetsAreComplete: documents <= COUNTED_MAX };
}
