import type { LocalizedText } from '@commerce/contracts/catalog';
import { ROOT_LANGUAGE } from '@commerce/contracts/languages';
import { textIn } from '@commerce/contracts/localized-text';
import type { SearchDocument, SearchTexts } from '@commerce/engines/search/search';
import type { PriceRange, SearchableCategory, SearchableProduct } from './source.ts';

/** Makes the index's documents from products. */

/** The facet under which a vendor's products are found. */
export const VENDOR_FACET = 'vendor';
/** Levels of categories that are walked towards the top: the data could hold a circle. */
const CATEGORY_DEPTH_MAX = 12;

/** What a facet or one of its values (empty: the facet itself) is called. */
export interface FacetLabel {
  readonly facet: string;
  readonly value: string;
  readonly labels: LocalizedText;
}

function withAncestors(
  handles: readonly string[],
  categories: ReadonlyMap<string, SearchableCategory>,
): SearchableCategory[] {
  const found = new Map<string, SearchableCategory>();
  for (const handle of handles) {
    let category = categories.get(handle);
    for (let level = 0; category !== undefined && level < CATEGORY_DEPTH_MAX; level += 1) {
      found.set(category.handle, category);
      category = category.parent === null ? undefined : categories.get(category.parent);
    }
  }
  return [...found.values()];
}

/** Values that some variant has of an option: one without a variant would lead to nothing. */
function usedValues(product: SearchableProduct, option: string): Set<string> {
  return new Set(product.variants.flatMap((variant) => variant.options[option] ?? []));
}

interface Property {
  readonly code: string;
  readonly labels: LocalizedText;
  readonly values: readonly { readonly code: string; readonly labels: LocalizedText }[];
}

function propertiesOf(product: SearchableProduct): Property[] {
  const options = product.options.map((option) => {
    const used = usedValues(product, option.code);
    return { ...option, values: option.values.filter(({ code }) => used.has(code)) };
  });
  return [...product.attributes, ...options];
}

function textsOf(
  product: SearchableProduct,
  properties: readonly Property[],
  categories: readonly SearchableCategory[],
  language: string,
): SearchTexts {
  return {
    title: textIn(product.titles, language),
    keywords: [
      product.vendor.name,
      ...categories.map((category) => textIn(category.names, language)),
    ].join(' · '),
    details: properties
      .flatMap(({ values }) => values.map(({ labels }) => textIn(labels, language)))
      .join(' · '),
    description: textIn(product.descriptions, language),
  };
}

/**
 * Languages of a product's texts that the index knows; the root language is always one of them, with
 * the text that is shown where there is none in it, so every product is found in every language.
 */
function languagesOf(product: SearchableProduct, known: ReadonlySet<string>): Set<string> {
  const own = Object.keys(product.titles).filter((tag) => known.has(tag));
  return new Set([...own, ROOT_LANGUAGE]);
}

/** A product's document, and what its facets are called. */
export function toSearchDocument(
  product: SearchableProduct,
  version: number,
  context: {
    readonly prices: ReadonlyMap<string, readonly PriceRange[]>;
    readonly categories: ReadonlyMap<string, SearchableCategory>;
    readonly languages: ReadonlySet<string>;
  },
): { readonly document: SearchDocument; readonly labels: readonly FacetLabel[] } {
  const properties = propertiesOf(product);
  const categories = withAncestors(product.categories, context.categories);
  const facets: Record<string, string[]> = { [VENDOR_FACET]: [product.vendor.slug] };
  const labels: FacetLabel[] = [
    { facet: VENDOR_FACET, value: product.vendor.slug, labels: { en: product.vendor.name } },
  ];
  for (const { code, labels: names, values } of properties) {
    // The shop's own facet is not for an attribute to take.
    if (code === VENDOR_FACET) continue;
    facets[code] = [...(facets[code] ?? []), ...values.map((value) => value.code)];
    labels.push({ facet: code, value: '', labels: names });
    labels.push(
      ...values.map((value) => ({ facet: code, value: value.code, labels: value.labels })),
    );
  }
  const document = {
    id: product.id,
    version,
    texts: Object.fromEntries(
      [...languagesOf(product, context.languages)].map((tag) => [
        tag,
        textsOf(product, properties, categories, tag),
      ]),
    ),
    categories: categories.map(({ handle }) => handle),
    facets,
    prices: context.prices.get(product.id) ?? [],
  };
  return { document, labels };
}
