import type { Language } from '@commerce/contracts/languages';
import type { SearchSort } from '../search.ts';
import { type Statement, statement } from '../../sql/sql.ts';

/**
 * Texts of the index's queries. Each language has statements of its own, as its partial index is
 * used only where the language stands in the text; so it must come from the data, never from a client.
 */

/** Groups of wanted values that a query may have; the category is one. */
export const GROUPS_MAX = 9;
/** Documents that facets are counted over. */
export const COUNTED_MAX = 10_000;

/**
 * $1 words, each with its synonyms after it and spaces between; $2 the words folded, $3 whether each may be a beginning only. A word that the language
 * leaves out (`the`) is left out unless there is no other. Stems and folded words stand for each
 * other: `(lamp | lampe | lampe:*)`. @param n number of the language, in the names
 */
function queriesSql(config: string, n: number): string {
  const stemsOf = (text: string): string => `array_to_string(ARRAY(
      SELECT quote_literal(lexeme) FROM unnest(tsvector_to_array(to_tsvector('${config}', ${text}))) AS lexeme
    ), ' | ')`;
  return `words_${n} AS MATERIALIZED (
    SELECT folded, beginning, ${stemsOf("split_part(word, ' ', 1)")} AS stems,
      CASE WHEN position(' ' IN word) > 0 THEN ${stemsOf('word')} END AS synonyms
    FROM unnest($1::text[], $2::text[], $3::bool[]) AS w (word, folded, beginning)
  ), kept_${n} AS MATERIALIZED (
    SELECT * FROM words_${n} WHERE stems <> '' OR NOT EXISTS (SELECT 1 FROM words_${n} WHERE stems <> '')
  ), queries_${n} AS MATERIALIZED (
    SELECT to_tsquery('simple', string_agg(
        '(' || concat_ws(' | ', NULLIF(stems, ''), quote_literal(folded)) || ')', ' & ')) AS exact,
      to_tsquery('simple', string_agg(
        '(' || concat_ws(' | ', NULLIF(COALESCE(synonyms, stems), ''), quote_literal(folded) ||
          CASE WHEN beginning THEN ':*' ELSE '' END) || ')', ' & ')) AS loose
    FROM kept_${n}
  )`;
}

const WEIGHTS = `'{0.05, 0.25, 0.5, 1.0}'`;
/** An exact word counts for more than the beginning of a longer one. */
const RANK = `(ts_rank(${WEIGHTS}, d.lexemes, d.exact) * 2000000
  + ts_rank(${WEIGHTS}, d.lexemes, d.loose) * 1000000)::int4`;

/** Condition that a document has no texts in the languages that come before. */
export function notIn(languages: readonly Language[], id: string): string {
  if (languages.length === 0) return 'TRUE';
  const tags = languages.map(({ tag }) => `'${tag}'`).join(', ');
  return `NOT EXISTS (SELECT 1 FROM search_texts e WHERE e.language IN (${tags}) AND e.id = ${id})`;
}

/** Documents whose texts hold the words, in the first language that they have, and what ranks them. */
function matchesSql(languages: readonly Language[]): string {
  return languages
    .map(
      (
        { tag },
        n,
      ) => `SELECT t.id, t.facet_ids, t.lexemes, q.exact, q.loose FROM queries_${n} q, search_texts t
        WHERE t.language = '${tag}' AND t.lexemes @@ q.loose
          AND ${notIn(languages.slice(0, n), 't.id')}`,
    )
    .join('\n UNION ALL ');
}

interface Source {
  readonly with: string;
  readonly from: string;
  /** How well a document `d` fits. */
  readonly rank: string;
  /** Columns of a document that the rank is made of. */
  readonly ranking: string;
}

function sourceOf({ languages, hasText }: StatementKey): Source {
  const base = 'p.market = $4 AND p.currency = $5';
  const range = `($6::int8 IS NULL OR p.max_minor >= $6) AND ($7::int8 IS NULL OR p.min_minor <= $7)`;
  if (!hasText) {
    // The first three parameters are given all the same, so that there is one list of them.
    return {
      with: 'unused AS (SELECT $1::text[], $2::text[], $3::bool[])',
      from: `search_prices p JOIN search_documents d ON d.id = p.id
        WHERE ${base} AND NOT d.removed AND ${range}`,
      rank: '0',
      ranking: 'NULL',
    };
  }
  return {
    with: languages
      .map(({ textSearchConfiguration }, n) => queriesSql(textSearchConfiguration, n))
      .join(', '),
    from: `(${matchesSql(languages)}) d JOIN search_prices p ON p.id = d.id
      WHERE ${base} AND ${range}`,
    rank: RANK,
    ranking: 'd.lexemes, d.exact, d.loose',
  };
}

/** Parameters of the groups begin here, after words, market, currency and price range. */
const FIRST_GROUP = 8;
const groupParameter = (group: number): string => `$${FIRST_GROUP + group}::text[]`;
const groups = Array.from({ length: GROUPS_MAX }, (_, group) => groupParameter(group));
/** Any of the wanted values; their numbers are looked up once for each query. */
const fulfilled = (parameter: string): string =>
  `(${parameter} IS NULL OR d.facet_ids && (
    SELECT ARRAY(SELECT w.id FROM search_facets w WHERE w.entry = ANY(${parameter}))))`;
const afterGroups = FIRST_GROUP + GROUPS_MAX;

const ORDERS: Readonly<
  Record<
    Exclude<SearchSort, 'newest'>,
    { key: (rank: string, prices: string) => string; ascending: boolean }
  >
> = {
  relevance: { key: (rank) => rank, ascending: false },
  price: { key: (_rank, prices) => `${prices}.min_minor`, ascending: true },
  '-price': { key: (_rank, prices) => `${prices}.min_minor`, ascending: false },
};

export interface StatementKey {
  /** From the data files: their tags and configurations hold letters, hyphens and underscores only. */
  readonly languages: readonly Language[];
  readonly hasText: boolean;
}

function nameOf(kind: string, { languages, hasText }: StatementKey, end = ''): string {
  const tags = languages.map(({ tag }) => tag).join('+');
  return `search.pg.${kind}.${hasText ? tags : 'all'}${end}`;
}

/** Hits by the sort's key, then newest first; `$n` after the groups: key and id to go on after, limit. */
export function hitsStatement(
  key: StatementKey,
  sort: SearchSort,
): Statement<{ id: string; key: bigint | number }> {
  const source = sourceOf(key);
  const [afterKey, afterId, limit] = [0, 1, 2].map((index) => `$${afterGroups + index}`);
  if (sort === 'newest') {
    // The key of the prices is walked backwards and left at the limit: no sort of all that is found.
    return statement(
      nameOf('hits', key, '.newest'),
      `WITH ${source.with} SELECT p.id, 0::int8 AS key FROM ${source.from}
       AND ${groups.map(fulfilled).join(' AND ')}
       AND (${afterKey}::int8 IS NULL OR p.id < ${afterId}::text)
       ORDER BY p.id DESC LIMIT ${limit}`,
    );
  }
  const order = ORDERS[sort];
  const beyond = order.ascending ? '>' : '<';
  return statement(
    nameOf('hits', key, `.${sort}`),
    `WITH ${source.with}, found AS (
       SELECT d.id, (${order.key(source.rank, 'p')})::int8 AS key FROM ${source.from}
       AND ${groups.map(fulfilled).join(' AND ')}
     )
     SELECT id, key FROM found
     WHERE ${afterKey}::int8 IS NULL OR key ${beyond} ${afterKey} OR (key = ${afterKey} AND id < ${afterId}::text)
     ORDER BY key ${order.ascending ? 'ASC' : 'DESC'}, id DESC LIMIT ${limit}`,
  );
}

/**
 * A bit for each group that a document fails in. Comparing arrays is what a search spends its time on, so
 * each group of each document is looked at once.
 */
const FAILURES = groups
  .map((group, index) => `CASE WHEN ${fulfilled(group)} THEN 0 ELSE ${2 ** index} END`)
  .join(' + ');
/** Name of the one group that a document fails in. @param names parameter of the groups' names */
const failedIn = (names: string): string =>
  `(${names})[CASE t.failures ${groups
    .map((_, index) => `WHEN ${2 ** index} THEN ${index + 1}`)
    .join(' ')} END]`;

/**
 * Counts of facet values, from a table `counted` of documents. A document counts for a facet if it has all
 * that is wanted of the other facets: it fails in no group, or in that facet's own. The row without a
 * value holds the number of documents that were looked at.
 */
const tallySql = (names: string): string => `tallied AS (
    SELECT f.id, c.failures, count(*) AS count
    FROM counted c, LATERAL unnest(c.facet_ids) AS f (id)
    WHERE c.failures & (c.failures - 1) = 0 GROUP BY f.id, c.failures
  ), tally AS (
    SELECT s.entry, sum(t.count)::int8 AS count
    FROM tallied t JOIN search_facets s ON s.id = t.id
    WHERE t.failures = 0 OR split_part(s.entry, '=', 1) = ${failedIn(names)}
    GROUP BY s.entry
    UNION ALL SELECT '', count(*)::int8 FROM counted
  )`;

/** The counts alone; `$n` after the groups: the groups' names. */
export function facetsStatement(
  key: StatementKey,
): Statement<{ entry: string; count: bigint | number }> {
  const source = sourceOf(key);
  return statement(
    nameOf('facets', key),
    `WITH ${source.with}, counted AS MATERIALIZED (
       SELECT d.facet_ids, ${FAILURES} AS failures
       FROM ${source.from} LIMIT ${COUNTED_MAX + 1}
     ), ${tallySql(`$${afterGroups}::text[]`)}
     SELECT entry, count FROM tally`,
  );
}

/**
 * The first hits and the counts together, where all that is found has to be looked at anyway; `$n` after
 * the groups: the groups' names, limit. Rows with an id are hits, in their order; the others are counts.
 */
export function firstPageStatement(
  key: StatementKey,
  sort: Exclude<SearchSort, 'newest'>,
): Statement<{ id: string | null; entry: string | null; number: bigint | number }> {
  const source = sourceOf(key);
  const order = ORDERS[sort];
  const direction = order.ascending ? 'ASC' : 'DESC';
  return statement(
    nameOf('first', key, `.${sort}`),
    `WITH ${source.with}, found AS MATERIALIZED (
       -- Only what can be a hit is ranked. OFFSET keeps the failures from being worked out twice.
       SELECT d.id, d.facet_ids, d.failures,
         CASE WHEN d.failures = 0 THEN (${order.key(source.rank, 'd')})::int8 END AS key
       FROM (
         SELECT d.id, d.facet_ids, p.min_minor, ${FAILURES} AS failures, ${source.ranking}
         FROM ${source.from} OFFSET 0
       ) d
     ), hits AS (
       SELECT id, key FROM found WHERE failures = 0
       ORDER BY key ${direction}, id DESC LIMIT $${afterGroups + 1}
     ), counted AS (
       SELECT facet_ids, failures FROM found LIMIT ${COUNTED_MAX + 1}
     ), ${tallySql(`$${afterGroups}::text[]`)}
     (SELECT id, NULL AS entry, key AS number FROM hits ORDER BY key ${direction}, id DESC)
     UNION ALL SELECT NULL, entry, count FROM tally`,
  );
}
