import type { ProductMedia } from '@commerce/contracts/catalog';
import { textIn } from '@commerce/contracts/localized-text';
import { type Minor, minorToJson } from '@commerce/contracts/money';
import type { Category, StoredProduct, StoredVariant } from './documents.ts';
import type { ImageView, ProductCard, ProductView, VariantView } from './schema.ts';
import type { ShopContext } from './shop-context.ts';

/** Turns what is stored into what a shopper reads. Pure: prices and stock are given. */

export interface ViewInput {
  readonly product: StoredProduct;
  readonly categories: ReadonlyMap<string, Category>;
  readonly prices: ReadonlyMap<string, Minor>;
}

/** Variants that a list shows of one product; its page shows all of them. */
const CARD_VARIANTS_MAX = 20;
/** Levels that are walked towards the top: the data could hold a circle. */
const CATEGORY_DEPTH_MAX = 12;

type Price = ProductCard['price'];

function priceOf(amount: Minor | undefined, currency: string): Price {
  return amount === undefined ? null : { amountMinor: minorToJson(amount), currency };
}

export function toImage(media: ProductMedia, language: string): ImageView {
  return {
    url: `/v1/media/${media.hash}`,
    contentType: media.contentType,
    width: media.width,
    height: media.height,
    alt: textIn(media.alt, language),
  };
}

function optionsOf(
  product: StoredProduct,
  variant: StoredVariant,
  language: string,
): VariantView['options'] {
  return product.options.flatMap(({ code, values }) => {
    const value = values.find((entry) => entry.code === variant.options[code]);
    return value === undefined
      ? []
      : [{ code, value: value.code, label: textIn(value.labels, language) }];
  });
}

function breadcrumb(category: Category, language: string): { handle: string; name: string } {
  return { handle: category.handle, name: textIn(category.names, language) };
}

/** A category and those above it, from the top. */
export function pathOf(
  handle: string | undefined,
  categories: ReadonlyMap<string, Category>,
): Category[] {
  const path: Category[] = [];
  let category = handle === undefined ? undefined : categories.get(handle);
  while (category !== undefined && path.length < CATEGORY_DEPTH_MAX) {
    path.unshift(category);
    category = category.parent === null ? undefined : categories.get(category.parent);
  }
  return path;
}

/** A product's page, without the units of its variants, which change by the second. */
export function toProductView(
  input: ViewInput,
  context: ShopContext,
): Omit<ProductView, 'variants'> & { variants: Omit<VariantView, 'available'>[] } {
  const { product, categories, prices } = input;
  const { language, market, currency } = context;
  return {
    id: product.id,
    handle: product.handle,
    title: textIn(product.titles, language),
    description: textIn(product.descriptions, language),
    language,
    market: market.id,
    currency,
    tax: { display: market.taxDisplay, ratePpm: market.taxRatePpm },
    vendor: product.vendor,
    breadcrumbs: pathOf(product.categories[0], categories).map((item) =>
      breadcrumb(item, language),
    ),
    categories: product.categories.flatMap((handle) => {
      const category = categories.get(handle);
      return category === undefined ? [] : [breadcrumb(category, language)];
    }),
    options: product.options.map(({ code, labels, values }) => ({
      code,
      label: textIn(labels, language),
      values: values.map((value) => ({ value: value.code, label: textIn(value.labels, language) })),
    })),
    attributes: product.attributes.map(({ code, labels, values }) => ({
      code,
      label: textIn(labels, language),
      values: values.map((value) => ({ code: value.code, label: textIn(value.labels, language) })),
    })),
    media: product.media.map((media) => toImage(media, language)),
    updatedAt: product.updatedAt.toISOString(),
    variants: product.variants.map((variant) => ({
      id: variant.id,
      sku: variant.sku,
      options: optionsOf(product, variant, language),
      price: priceOf(prices.get(variant.id), currency),
      weightGrams: variant.weightGrams,
    })),
  };
}

/** A product in a list. */
export function toCard(
  input: Omit<ViewInput, 'categories'> & { readonly available: ReadonlyMap<string, number> },
  context: ShopContext,
): ProductCard {
  const { product, prices, available } = input;
  const { language, currency } = context;
  const amounts = product.variants.flatMap((variant) => prices.get(variant.id) ?? []);
  const lowest = amounts.reduce<Minor | undefined>(
    (a, b) => (a === undefined || b < a ? b : a),
    undefined,
  );
  const highest = amounts.reduce<Minor | undefined>(
    (a, b) => (a === undefined || b > a ? b : a),
    undefined,
  );
  const [image] = product.media;
  return {
    id: product.id,
    handle: product.handle,
    title: textIn(product.titles, language),
    vendor: product.vendor,
    image: image === undefined ? null : toImage(image, language),
    price: priceOf(lowest, currency),
    priceMax: priceOf(highest, currency),
    available: product.variants.reduce((sum, { id }) => sum + (available.get(id) ?? 0), 0),
    variantCount: product.variants.length,
    variants: product.variants.slice(0, CARD_VARIANTS_MAX).map((variant) => ({
      id: variant.id,
      sku: variant.sku,
      options: optionsOf(product, variant, language),
      price: priceOf(prices.get(variant.id), currency),
      available: available.get(variant.id) ?? 0,
    })),
  };
}
