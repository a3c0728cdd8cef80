import { type Language, languageChain } from '@commerce/contracts/languages';
import { type Sql, type SqlReader, statement } from '../../sql/sql.ts';

/**
 * Which languages a query looks at. A document is found by the texts that it is shown in: those of the
 * shopper's language, else of the next language of its chain. How many documents have texts in each
 * language is kept, so that languages that would add nothing are left out.
 */

/** Stands for the documents of all languages; no tag is empty. */
const ALL = '';

const addDocuments = statement(
  'search.pg.add-languages',
  `INSERT INTO search_languages AS l (language, documents)
   SELECT * FROM unnest($1::text[], $2::int4[])
   ON CONFLICT (language) DO UPDATE SET documents = l.documents + excluded.documents`,
);

const readCounts = statement<{ language: string; documents: number }>(
  'search.pg.read-languages',
  'SELECT language, documents FROM search_languages WHERE documents > 0',
);

interface Text {
  readonly language: string;
  readonly id: string;
}

/** Writes how the numbers of documents change, inside the transaction that changes them. */
export async function countLanguages(
  transaction: SqlReader,
  change: { readonly removed: readonly Text[]; readonly added: readonly Text[] },
): Promise<void> {
  const counts = new Map<string, number>();
  const count = (texts: readonly Text[], by: number): void => {
    for (const { language } of texts) counts.set(language, (counts.get(language) ?? 0) + by);
    const documents = new Set(texts.map(({ id }) => id)).size;
    counts.set(ALL, (counts.get(ALL) ?? 0) + documents * by);
  };
  count(change.removed, -1);
  count(change.added, 1);
  // In one order, so that two writers wait for each other instead of locking crosswise.
  const rows = [...counts].filter(([, by]) => by !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return;
  await transaction.query(addDocuments, [
    rows.map(([language]) => language),
    rows.map(([, by]) => by),
  ]);
}

/** Another process may write the same index: what is known of it is read again after this time. */
const KNOWN_MS = 1_000;

export interface SearchedLanguages {
  /**
   * Languages to look at for a shopper's language, best first; a document is found in the first of
   * them that it has texts in. None where the index has nothing that the shopper could read.
   */
  of(tag: string): Promise<readonly Language[]>;
  /** To be called after a write. */
  forget(): void;
}

/** Makes the knowledge of an index's languages. @param nowMs of a clock that never goes back */
export function createSearchedLanguages(
  sql: Sql,
  languages: ReadonlyMap<string, Language>,
  nowMs: () => number,
): SearchedLanguages {
  let known: { readonly counts: Promise<ReadonlyMap<string, number>>; readonly atMs: number };
  const forget = (): void => {
    known = { counts: Promise.resolve(new Map()), atMs: Number.NEGATIVE_INFINITY };
  };
  forget();

  const read = (): Promise<ReadonlyMap<string, number>> => {
    if (nowMs() - known.atMs < KNOWN_MS) return known.counts;
    const counts = sql
      .query(readCounts)
      .then((rows) => new Map(rows.map(({ language, documents }) => [language, documents])));
    known = { counts, atMs: nowMs() };
    counts.catch(forget);
    return counts;
  };

  return Object.freeze({
    forget,
    async of(tag: string) {
      const counts = await read();
      const all = counts.get(ALL) ?? 0;
      const searched: Language[] = [];
      for (const wanted of languageChain(tag)) {
        const language = languages.get(wanted);
        const documents = counts.get(wanted) ?? 0;
        if (language === undefined || documents === 0) continue;
        searched.push(language);
        // Every document has texts in it, so none is left for the languages after it.
        if (documents >= all) break;
      }
      return searched;
    },
  } satisfies SearchedLanguages);
}
