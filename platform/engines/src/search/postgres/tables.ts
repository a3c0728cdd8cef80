import type { DataClass } from '@commerce/contracts/data-classes';

/** The index's tables with the data class of every column: it holds the public catalogue only. */
export const searchIndexTables: readonly {
  readonly name: string;
  readonly columns: Readonly<Record<string, DataClass>>;
}[] = [
  {
    name: 'search_documents',
    columns: {
      id: 'none',
      version: 'none',
      removed: 'none',
      facet_ids: 'none',
      copied_version: 'none',
      facet_text: 'none',
      price_lists: 'none',
      min_minors: 'none',
      max_minors: 'none',
    },
  },
  {
    name: 'search_prices',
    columns: { market: 'none', currency: 'none', id: 'none', min_minor: 'none', max_minor: 'none' },
  },
  {
    name: 'search_texts',
    columns: {
      language: 'none',
      id: 'none',
      title: 'none',
      title_folded: 'none',
      words: 'none',
      facet_ids: 'none',
      facet_text: 'none',
      price_lists: 'none',
      min_minors: 'none',
      max_minors: 'none',
      lexemes: 'none',
    },
  },
  {
    name: 'search_words',
    columns: { language: 'none', word: 'none', folded: 'none', documents: 'none' },
  },
  { name: 'search_facets', columns: { id: 'none', entry: 'none' } },
  { name: 'search_languages', columns: { language: 'none', documents: 'none' } },
];
