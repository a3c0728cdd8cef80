import type { LocalizedText } from '@commerce/contracts/catalog';
import type { SearchEngine } from '@commerce/engines/search/search';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Job } from '@commerce/service/jobs';
import { type FacetLabel, toSearchDocument } from './documents.ts';
import { nearestCategories } from './nearest-categories.ts';
import type { SearchHelp } from './schema.ts';
import type { SearchableCategory, SearchSource } from './source.ts';
import { createSearchStore, labelKey } from './store.ts';

export interface Search {
  readonly engine: SearchEngine;
  /** Brings the index up to the catalogue; to be woken when the catalogue changed. */
  readonly indexer: Job;
  /** What facets and values are called, by `facet=value`; `facet=` is the facet itself. */
  labels(): Promise<ReadonlyMap<string, LocalizedText>>;
  categories(): Promise<ReadonlyMap<string, SearchableCategory>>;
  /** What somebody may try whose words found nothing. */
  help(text: string, language: string): Promise<SearchHelp>;
  /** Grows with each batch that the index took in. */
  generation(): number;
}

export interface SearchDependencies {
  readonly sql: Sql;
  readonly engine: SearchEngine;
  readonly source: SearchSource;
  /** BCP 47 tags of the languages that may be indexed: a product is in those that it has texts in. */
  readonly languages: readonly string[];
}

/** Products that are indexed in one go; each is some rows for each language. */
const PRODUCTS_PER_BATCH = 100;
/** Words that are offered to somebody who found nothing. */
const HELP_TERMS = 8;
/** Looks for changes by itself too: a wake-up may be lost with a crash. */
const LOOK_MS = 5_000;

/**
 * Makes the cell's search.
 * @throws AppError `unavailable` where the engine can't be reached: its index is made first
 */
export async function createSearch(dependencies: SearchDependencies): Promise<Search> {
  const { sql, engine, source } = dependencies;
  const languages = new Set(dependencies.languages);
  const store = createSearchStore(sql);
  await engine.ensureIndex();
  let progress = await store.readProgress();
  let labels: Promise<ReadonlyMap<string, LocalizedText>> | undefined;
  let known = new Map<string, string>();
  let generation = 0;

  /** Labels that differ from what was written before; most products name the same ones. */
  const newLabels = (all: readonly FacetLabel[]): FacetLabel[] =>
    all.filter(({ facet, value, labels: names }) => {
      const key = labelKey(facet, value);
      const text = JSON.stringify(names);
      if (known.get(key) === text) return false;
      known.set(key, text);
      return true;
    });

  const runOnce = async (): Promise<boolean> => {
    const touched = await source.listTouched(progress, PRODUCTS_PER_BATCH);
    const last = touched.at(-1);
    if (last === undefined) return false;
    const [categories, prices] = await Promise.all([
      source.categories(),
      source.priceRangesOf(touched.map(({ productId }) => productId)),
    ]);
    const context = { prices, categories, languages };
    const made = touched.flatMap(({ product, touchedSeq }) =>
      product === undefined ? [] : [toSearchDocument(product, touchedSeq, context)],
    );
    await engine.index(made.map(({ document }) => document));
    await engine.remove(
      touched.flatMap(({ product, productId, touchedSeq }) =>
        product === undefined ? [{ id: productId, version: touchedSeq }] : [],
      ),
    );
    const next = { touchedSeq: last.touchedSeq, productId: last.productId };
    const changed = newLabels(made.flatMap((item) => item.labels));
    try {
      await store.saveProgress(next, changed);
    } catch (error) {
      known = new Map();
      throw error;
    }
    progress = next;
    if (changed.length > 0) labels = undefined;
    generation += 1;
    return touched.length === PRODUCTS_PER_BATCH;
  };

  return Object.freeze({
    engine,
    indexer: { name: 'search-indexer', intervalMs: LOOK_MS, run: runOnce },
    labels() {
      if (labels === undefined) {
        const reading: Promise<ReadonlyMap<string, LocalizedText>> = store.readLabels();
        reading.catch(() => {
          if (labels === reading) labels = undefined;
        });
        labels = reading;
      }
      return labels;
    },
    categories: () => source.categories(),
    async help(text: string, language: string) {
      const [categories, terms] = await Promise.all([
        source.categories(),
        engine.popularTerms(language, HELP_TERMS),
      ]);
      return { categories: nearestCategories(categories, text, language), terms: [...terms] };
    },
    generation: () => generation,
  } satisfies Search);
}
