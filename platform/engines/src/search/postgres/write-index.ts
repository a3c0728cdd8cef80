import type { Language } from '@commerce/contracts/languages';
import type { SqlReader } from '../../sql/sql.ts';
import { statement } from '../../sql/sql.ts';
import type { SearchDocument, SearchPrice, SearchTexts } from '../search.ts';
import { foldWord, wordsOf } from '../words.ts';

/** Writes of the index; each function runs inside the caller's transaction. */

/** Name under which a document's categories stand among its facets; no code begins so. */
export const CATEGORY_FACET = '@category';
/** Entry of a market's and currency's price list, among those of the facets, of which it is none. */
export function priceListOf(of: { readonly market: string; readonly currency: string }): string {
  return `@prices=${of.market} ${of.currency}`;
}
/** Words of one document that are offered as suggestions and corrections. */
const WORDS_MAX = 60;

const addFacets = statement(
  'search.pg.add-facets',
  // Only what is missing is tried: each row that meets another one uses a number up, and they are few.
  `INSERT INTO search_facets (entry)
   SELECT n.entry FROM unnest($1::text[]) AS n (entry)
   WHERE NOT EXISTS (SELECT 1 FROM search_facets f WHERE f.entry = n.entry)
   ON CONFLICT (entry) DO NOTHING`,
);
const readFacets = statement<{ id: number; entry: string }>(
  'search.pg.read-facets',
  'SELECT id, entry FROM search_facets WHERE entry = ANY($1::text[])',
);

const upsertDocuments = statement<{ id: string }>(
  'search.pg.upsert-documents',
  `INSERT INTO search_documents AS d
     (id, version, removed, facet_ids, copied_version, facet_text, price_lists, min_minors, max_minors)
   SELECT id, version, $3, facets::int4[], version, facets, lists::int4[], minima::int8[], maxima::int8[]
   FROM unnest($1::text[], $2::int8[], $4::text[], $5::text[], $6::text[], $7::text[])
     AS n (id, version, facets, lists, minima, maxima)
   ON CONFLICT (id) DO UPDATE SET version = excluded.version, removed = excluded.removed,
     facet_ids = excluded.facet_ids, copied_version = excluded.copied_version,
     facet_text = excluded.facet_text, price_lists = excluded.price_lists, min_minors = excluded.min_minors,
     max_minors = excluded.max_minors
   WHERE d.version < excluded.version
   RETURNING id`,
);
const deleteTexts = statement<{ language: string; id: string; words: string[] }>(
  'search.pg.delete-texts',
  'DELETE FROM search_texts WHERE id = ANY($1::text[]) RETURNING language, id, words',
);
const deletePrices = statement(
  'search.pg.delete-prices',
  'DELETE FROM search_prices WHERE id = ANY($1::text[])',
);
const insertPrices = statement(
  'search.pg.insert-prices',
  `INSERT INTO search_prices (market, currency, id, min_minor, max_minor)
   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::int8[])`,
);
const insertTexts = statement(
  'search.pg.insert-texts',
  `INSERT INTO search_texts
     (language, id, title, title_folded, words, facet_ids, facet_text, price_lists, min_minors,
      max_minors, lexemes)
   SELECT language, n.id, title, title_folded, words::jsonb,
     o.facet_ids, o.facet_text, o.price_lists, o.min_minors, o.max_minors,
     setweight(to_tsvector(config::regconfig, a) || to_tsvector('simple', folded_a), 'A') ||
     setweight(to_tsvector(config::regconfig, b) || to_tsvector('simple', folded_b), 'B') ||
     setweight(to_tsvector(config::regconfig, c) || to_tsvector('simple', folded_c), 'C') ||
     setweight(to_tsvector(config::regconfig, d), 'D')
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
     $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
     AS n (language, id, title, title_folded, words, config, a, b, c, d, folded_a, folded_b, folded_c)
     JOIN search_documents o ON o.id = n.id`,
);
const addWords = statement(
  'search.pg.add-words',
  `INSERT INTO search_words AS w (language, word, folded, documents)
   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int4[])
   ON CONFLICT (language, word) DO UPDATE SET documents = w.documents + excluded.documents`,
);

/** How the numbers of documents of words change: by language, then word. */
type WordChanges = Map<string, Map<string, number>>;

function countWord(changes: WordChanges, language: string, word: string, by: number): void {
  let ofLanguage = changes.get(language);
  if (ofLanguage === undefined) {
    ofLanguage = new Map();
    changes.set(language, ofLanguage);
  }
  ofLanguage.set(word, (ofLanguage.get(word) ?? 0) + by);
}

function facetEntries(document: SearchDocument): string[] {
  const entries = document.categories.map((handle) => `${CATEGORY_FACET}=${handle}`);
  for (const [name, values] of Object.entries(document.facets)) {
    // An attribute of that name would be taken for the shop's own categories.
    if (name === 'category') continue;
    for (const value of values) entries.push(`${name}=${value}`);
  }
  return [...new Set(entries)];
}

/** What a document's row is made of. */
interface DocumentRow {
  readonly id: string;
  readonly version: number;
  /** Entries of its facets. */
  readonly facets: readonly string[];
  readonly prices: readonly SearchPrice[];
}

/** An array in PostgreSQL's own text. */
const arrayText = (numbers: readonly number[]): string => `{${numbers.join()}}`;

/** Writes document rows that are newer than the known ones, and returns the ids of those. */
export async function writeDocuments(
  transaction: SqlReader,
  rows: readonly DocumentRow[],
  removed: boolean,
): Promise<Set<string>> {
  // In the order of ids, so that two writers wait for each other instead of locking crosswise.
  const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const entriesOf = ({ facets, prices }: DocumentRow): string[] => [
    ...facets,
    ...prices.map(priceListOf),
  ];
  const entries = [...new Set(sorted.flatMap(entriesOf))].toSorted();
  const [, facets] = await Promise.all([
    transaction.query(addFacets, [entries]),
    // A statement of its own, which sees what another writer has added meanwhile.
    transaction.query(readFacets, [entries]),
  ]);
  const ids = new Map(facets.map(({ id, entry }) => [entry, id]));
  const idOf = (entry: string): number => {
    const id = ids.get(entry);
    if (id === undefined) throw new Error('a facet is missing that was written before');
    return id;
  };
  const written = await transaction.query(upsertDocuments, [
    sorted.map(({ id }) => id),
    sorted.map(({ version }) => version),
    removed,
    sorted.map((row) => arrayText(row.facets.map(idOf))),
    sorted.map((row) => arrayText(row.prices.map((price) => idOf(priceListOf(price))))),
    sorted.map((row) => arrayText(row.prices.map(({ minMinor }) => minMinor))),
    sorted.map((row) => arrayText(row.prices.map(({ maxMinor }) => maxMinor))),
  ]);
  return new Set(written.map(({ id }) => id));
}

/** A text of the index, by its key. */
export interface TextKey {
  readonly language: string;
  readonly id: string;
}

/** Takes out what was found of these documents; returns the change that it makes to the words. */
export async function clearDocuments(
  transaction: SqlReader,
  ids: readonly string[],
): Promise<{ readonly words: WordChanges; readonly removed: readonly TextKey[] }> {
  const [texts] = await Promise.all([
    transaction.query(deleteTexts, [ids]),
    transaction.query(deletePrices, [ids]),
  ]);
  const changes: WordChanges = new Map();
  for (const { language, words } of texts) {
    for (const word of words) countWord(changes, language, word, -1);
  }
  return { words: changes, removed: texts };
}

/** Writes the numbers of documents of words. */
export async function writeWords(transaction: SqlReader, changes: WordChanges): Promise<void> {
  const rows = [...changes]
    .flatMap(([language, words]) => [...words].map(([word, by]) => ({ language, word, by })))
    .filter(({ by }) => by !== 0)
    .toSorted((a, b) => (`${a.language} ${a.word}` < `${b.language} ${b.word}` ? -1 : 1));
  if (rows.length === 0) return;
  await transaction.query(addWords, [
    rows.map(({ language }) => language),
    rows.map(({ word }) => word),
    rows.map(({ word }) => foldWord(word)),
    rows.map(({ by }) => by),
  ]);
}

interface TextRow {
  readonly language: string;
  readonly id: string;
  readonly title: string;
  readonly config: string;
  readonly words: readonly string[];
  /** Title, keywords, details and description, cut into words. */
  readonly parts: readonly (readonly string[])[];
}

function toTextRow(id: string, language: Language, texts: SearchTexts): TextRow {
  const cut = (text: string): string[] => wordsOf(text, language.tag);
  const parts = [texts.title, texts.keywords, texts.details, texts.description].map(cut);
  return {
    language: language.tag,
    id,
    title: texts.title,
    config: language.textSearchConfiguration,
    words: [...new Set(parts.slice(0, 3).flat())]
      .filter((word) => word.length > 1)
      .slice(0, WORDS_MAX),
    parts,
  };
}

/**
 * Inserts texts and prices of documents that were cleared; adds to the change of the words.
 * @returns the keys of the texts
 */
export async function insertDocuments(
  transaction: SqlReader,
  documents: readonly SearchDocument[],
  languages: ReadonlyMap<string, Language>,
  changes: WordChanges,
): Promise<readonly TextKey[]> {
  const prices = documents.flatMap(({ id, prices: own }) => own.map((price) => ({ id, price })));
  const rows = documents.flatMap(({ id, texts }) =>
    Object.entries(texts).flatMap(([tag, own]) => {
      const language = languages.get(tag);
      return language === undefined ? [] : [toTextRow(id, language, own)];
    }),
  );
  for (const { language, words } of rows) {
    for (const word of words) countWord(changes, language, word, 1);
  }
  const joined = (row: TextRow, part: number): string => row.parts[part]?.join(' ') ?? '';
  const folded = (row: TextRow, part: number): string =>
    row.parts[part]?.map(foldWord).join(' ') ?? '';
  await Promise.all([
    transaction.query(insertPrices, [
      prices.map(({ price }) => price.market),
      prices.map(({ price }) => price.currency),
      prices.map(({ id }) => id),
      prices.map(({ price }) => price.minMinor),
      prices.map(({ price }) => price.maxMinor),
    ]),
    transaction.query(insertTexts, [
      rows.map(({ language }) => language),
      rows.map(({ id }) => id),
      rows.map(({ title }) => title),
      rows.map((row) => folded(row, 0)),
      rows.map(({ words }) => JSON.stringify(words)),
      rows.map(({ config }) => config),
      ...[0, 1, 2, 3].map((part) => rows.map((row) => joined(row, part))),
      ...[0, 1, 2].map((part) => rows.map((row) => folded(row, part))),
    ]),
  ]);
  return rows;
}

/** The document row of a document. */
export function toDocumentRow(document: SearchDocument): DocumentRow {
  const { id, version, prices } = document;
  return { id, version, facets: facetEntries(document), prices };
}
