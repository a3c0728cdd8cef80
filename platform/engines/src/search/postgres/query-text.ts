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
      ) => `SELECT t.id, t.facet_ids, t.facet_text, t.price_lists, t.min_minors, t.max_minors, t.lexemes, q.exact, q.loose
        FROM queries_${n} q, search_texts t
        WHERE t.language = '${tag}' AND t.lexemes @@ q.loose
          AND ${notIn(languages.slice(0, n), 't.id')}`,
    )
    .join('\n UNION ALL ');
}

/** Parameters of the groups begin here: after words, price list, market, currency and price range. */
const FIRST_GROUP = 9;
const numbersOf = (groups: number): number[] => Array.from({ length: groups }, (_, group) => group);

/** What is wanted as numbers, once for each query: the price list, and each group's values. */
function wantedSql(groups: number): string {
  const values = numbersOf(groups).map(
    (group) => `, ARRAY(
      SELECT f.id FROM search_facets f WHERE f.entry = ANY($${FIRST_GROUP + group}::text[])
    ) AS values_${group}`,
  );
  return `wanted AS MATERIALIZED (
    SELECT (SELECT f.id FROM search_facets f WHERE f.entry = $4::text) AS price_list${values.join('')}
  )`;
}
/** Number of the market's and currency's price list; none where nothing is sold in it. */
const PRICE_LIST = '(SELECT price_list FROM wanted)';
const wantedOf = (group: number): string => `(SELECT values_${group} FROM wanted)`;

/**
 * A price of a document `d`; NULL where it is not sold in the market and currency.
 * @param isWithout tells a row that was written without its copies: search_prices has them
 */
const priceSql = (end: 'min' | 'max', isWithout: string): string =>
  `CASE WHEN ${isWithout} THEN (
      SELECT p.${end}_minor FROM search_prices p
      WHERE p.market = $5 AND p.currency = $6 AND p.id = d.id
    ) ELSE d.${end}_minors[array_position(d.price_lists, ${PRICE_LIST})] END`;

interface Source {
  readonly with: string;
  /** Documents `d` that are sold in the market, within the price range; further conditions may follow. */
  readonly from: string;
  /** How well a document `d` fits. */
  readonly rank: string;
  /** Columns of a document that the rank is made of. */
  readonly ranking: string;
  /** The cheapest price of a document `d`. */
  readonly price: string;
  /** The numbers of a document's facets, as text. */
  readonly facets: string;
}

function sourceOf({ languages, hasText, groups }: StatementKey): Source {
  // A text is written anew each time; a document is updated, by an older process without the copies.
  const isWithout = hasText
    ? 'd.price_lists IS NULL'
    : 'd.copied_version IS DISTINCT FROM d.version';
  const price = priceSql('min', isWithout);
  const facets = `CASE WHEN ${isWithout} THEN d.facet_ids::text ELSE d.facet_text END`;
  const isSold = `${price} IS NOT NULL
    AND ($7::int8 IS NULL OR ${priceSql('max', isWithout)} >= $7)
    AND ($8::int8 IS NULL OR ${price} <= $8)`;
  if (!hasText) {
    return {
      with: `${UNUSED_WORDS}, ${wantedSql(groups)}`,
      from: `search_documents d WHERE NOT d.removed AND ${isSold}`,
      rank: '0',
      ranking: 'NULL',
      price,
      facets,
    };
  }
  return {
    with: [
      ...languages.map(({ textSearchConfiguration }, n) => queriesSql(textSearchConfiguration, n)),
      wantedSql(groups),
    ].join(', '),
    from: `(${matchesSql(languages)}) d WHERE ${isSold}`,
    rank: RANK,
    ranking: 'd.lexemes, d.exact, d.loose',
    price,
    facets,
  };
}

/** Without words their parameters are given all the same, so that there is one list of them. */
const UNUSED_WORDS = 'unused AS (SELECT $1::text[], $2::text[], $3::bool[])';

/** Conditions that a document `d` has a value of each group. */
const allFulfilled = (groups: number): string =>
  numbersOf(groups)
    .map((group) => ` AND d.facet_ids && ${wantedOf(group)}`)
    .join('');

/** A bit for each group that a document `d` fails in. Each group of each document is looked at once. */
const failuresSql = (groups: number): string =>
  [
    '0',
    ...numbersOf(groups).map(
      (group) => `CASE WHEN d.facet_ids && ${wantedOf(group)} THEN 0 ELSE ${2 ** group} END`,
    ),
  ].join(' + ');

/** One or no failure: the others count for no facet. */
const COUNTS = 'd.failures & (d.failures - 1) = 0';

/** By key, and of equal keys the newest first. */
const ORDERS: Readonly<
  Record<SearchSort, { key: (rank: string, price: string) => string; ascending: boolean }>
> = {
  relevance: { key: (rank) => rank, ascending: false },
  price: { key: (_rank, price) => price, ascending: true },
  '-price': { key: (_rank, price) => price, ascending: false },
  newest: { key: () => '0', ascending: false },
};

export interface StatementKey {
  /** From the data files: their tags and configurations hold letters, hyphens and underscores only. */
  readonly languages: readonly Language[];
  readonly hasText: boolean;
  /** How many facets something is wanted of, at most {@link GROUPS_MAX}. */
  readonly groups: number;
}

function nameOf(kind: string, { languages, hasText, groups }: StatementKey, end = ''): string {
  const tags = languages.map(({ tag }) => tag).join('+');
  return `search.pg.${kind}.${hasText ? tags : 'all'}.${groups}${end}`;
}

/** Hits by the sort's key, then newest first; `$n` after the groups: key and id to go on after, limit. */
export function hitsStatement(
  key: StatementKey,
  sort: SearchSort,
): Statement<{ id: string; key: bigint | number }> {
  const [afterKey, afterId, limit] = [0, 1, 2].map(
    (index) => `$${FIRST_GROUP + key.groups + index}`,
  );
  if (sort === 'newest' && !key.hasText) {
    // The key of the prices is walked backwards and left at the limit: no sort of all that is found.
    return statement(
      nameOf('hits', key, '.newest'),
      `WITH ${UNUSED_WORDS}, ${wantedSql(key.groups)}
       SELECT p.id, 0::int8 AS key FROM search_prices p JOIN search_documents d ON d.id = p.id
       WHERE p.market = $5 AND p.currency = $6 AND NOT d.removed
         AND ($7::int8 IS NULL OR p.max_minor >= $7) AND ($8::int8 IS NULL OR p.min_minor <= $8)
         ${allFulfilled(key.groups)}
         AND (${afterKey}::int8 IS NULL OR p.id < ${afterId}::text)
       ORDER BY p.id DESC LIMIT ${limit}`,
    );
  }
  const source = sourceOf(key);
  const order = ORDERS[sort];
  const beyond = order.ascending ? '>' : '<';
  return statement(
    nameOf('hits', key, `.${sort}`),
    `WITH ${source.with}, found AS (
       SELECT d.id, (${order.key(source.rank, source.price)})::int8 AS key
       FROM ${source.from} ${allFulfilled(key.groups)}
     )
     SELECT id, key FROM found
     WHERE ${afterKey}::int8 IS NULL OR key ${beyond} ${afterKey} OR (key = ${afterKey} AND id < ${afterId}::text)
     ORDER BY key ${order.ascending ? 'ASC' : 'DESC'}, id DESC LIMIT ${limit}`,
  );
}
/** What a facet counts is worked out from these by {@link file://./count-facets.ts}. */
export interface CountedRow {
  readonly failures: bigint | number;
  readonly documents: bigint | number;
  readonly facets: string;
}
/** From a table `counted` of documents: their facets' numbers, by what they fail in. */
const TALLY = `SELECT failures::int8 AS failures, count(*)::int8 AS documents,
    string_agg(facets, '') AS facets FROM counted GROUP BY failures`;

/** Groups whose pairs are looked up in the index: with more it takes longer to put them together. */
const PAIRED_MAX = 4;

/**
 * Conditions that the index of facets answers: a document that fails in one group at most has a value of
 * every two groups. What they let through beside that fails in `COUNTS`.
 */
function pairsSql(groups: number): string {
  const paired = numbersOf(Math.min(groups, PAIRED_MAX));
  return paired
    .flatMap((a) => paired.slice(a + 1).map((b) => [a, b] as const))
    .map(([a, b]) => ` AND d.facet_ids && (SELECT values_${a} || values_${b} FROM wanted)`)
    .join('');
}

/**
 * Of the documents that have the one thing that is wanted, so many go before all others, which count for
 * that facet alone: it has to show its other values too.
 */
const COUNTED_FIRST = 7_500;

/** A table `counted` of documents, found without words. */
function countedSql(key: StatementKey): string {
  const { from, facets } = sourceOf(key);
  const most = `LIMIT ${COUNTED_MAX + 1}`;
  const found = (conditions: string, end: string): string =>
    `SELECT ${facets} AS facets, ${failuresSql(key.groups)} AS failures FROM ${from}${conditions} ${end}`;
  if (key.groups !== 1) {
    return `counted AS MATERIALIZED (
      SELECT d.* FROM (${found(pairsSql(key.groups), 'OFFSET 0')}) d WHERE ${COUNTS} ${most})`;
  }
  // The others are looked for among the first only: there may be none, and all would be gone through. Where
  // there are more documents than are counted the three parts give more as well, so it is seen.
  return `with_it AS MATERIALIZED (${found(` AND d.facet_ids && ${wantedOf(0)}`, most)}),
    others AS (SELECT d.* FROM (${found('', most)}) d WHERE d.failures > 0),
    counted AS MATERIALIZED (
      (SELECT * FROM with_it LIMIT ${COUNTED_FIRST}) UNION ALL SELECT * FROM others
      UNION ALL (SELECT * FROM with_it OFFSET ${COUNTED_FIRST}) ${most}
    )`;
}

/** The counts alone, without words. */
export function facetsStatement(key: StatementKey): Statement<CountedRow> {
  return statement(
    nameOf('facets', key),
    `WITH ${sourceOf(key).with}, ${countedSql(key)} ${TALLY}`,
  );
}

/**
 * The first hits and the counts together, where all that is found has to be looked at anyway; `$n` after
 * the groups: limit. Rows with an id are hits, in their order, with their key; the others are counts.
 */
export function firstPageStatement(
  key: StatementKey,
  sort: SearchSort,
): Statement<{ id: string; key: bigint | number } | ({ id: null } & CountedRow)> {
  const source = sourceOf(key);
  const order = ORDERS[sort];
  const direction = order.ascending ? 'ASC' : 'DESC';
  return statement(
    nameOf('first', key, `.${sort}`),
    `WITH ${source.with}, found AS MATERIALIZED (
       -- Only what can be a hit is ranked. OFFSET keeps the failures from being worked out twice.
       SELECT d.id, d.facets, d.failures,
         CASE WHEN d.failures = 0 THEN (${order.key(source.rank, 'd.price')})::int8 END AS key
       FROM (
         SELECT d.id, ${source.facets} AS facets, ${source.price} AS price,
           ${failuresSql(key.groups)} AS failures, ${source.ranking}
         FROM ${source.from} OFFSET 0
       ) d WHERE ${COUNTS}
     ), hits AS (
       SELECT id, key FROM found WHERE failures = 0
       ORDER BY key ${direction}, id DESC LIMIT $${FIRST_GROUP + key.groups}
     ), counted AS (
       SELECT facets, failures FROM found LIMIT ${COUNTED_MAX + 1}
     ), tally AS (${TALLY})
     (SELECT id, key, NULL::int8 AS failures, NULL::int8 AS documents, NULL AS facets
       FROM hits ORDER BY key ${direction}, id DESC)
     UNION ALL SELECT NULL, NULL, failures, documents, facets FROM tally`,
  );
}
