import type { ImportPreview } from '@commerce/contracts/catalog-imports';
import { type Finding, toFinding } from '../findings.ts';
import { columnName, type ShopifyColumns, type ShopifyField } from './columns.ts';
import type { ReadProduct } from './product.ts';

/** Tells what the catalogue says of a product in terms of the file. */

/** Columns of a product's fields, by the field's first part; a variant's by its second. */
const COLUMN_OF_FIELD: Readonly<Record<string, ShopifyField>> = {
  handle: 'handle',
  titles: 'title',
  descriptions: 'description',
  categories: 'category',
  status: 'status',
  options: 'option1Name',
  attributes: 'tags',
  media: 'picture',
};
const COLUMN_OF_VARIANT_FIELD: Readonly<Record<string, ShopifyField>> = {
  sku: 'sku',
  prices: 'price',
  options: 'option1Value',
  weightGrams: 'grams',
};

/** A problem of a field, at the line and column that the field came from. */
export function findingOfProblem(
  product: ReadProduct,
  columns: ShopifyColumns,
  problem: { readonly code: string; readonly field: string; readonly detail: string },
): Finding {
  const [first = '', second = '', third = ''] = problem.field.split('/');
  const isVariant = first === 'variants';
  const field = isVariant ? COLUMN_OF_VARIANT_FIELD[third] : COLUMN_OF_FIELD[first];
  const line = (isVariant ? product.variantLines[Number(second)] : undefined) ?? product.line;
  const column = field === undefined ? null : columnName(columns, field);
  return toFinding(
    { severity: 'error', code: problem.code, line, column, detail: problem.detail },
    { handle: product.input.handle, field: problem.field },
  );
}

/** The product in a few words. */
export function previewOf(
  product: ReadProduct,
  outcome: ImportPreview['outcome'],
  currency: string,
): ImportPreview {
  const { input, onHand } = product;
  const amounts = input.variants.flatMap(({ prices }) =>
    prices.filter((price) => price.currency === currency).map(({ amountMinor }) => amountMinor),
  );
  const units = Object.values(onHand);
  const [title = ''] = Object.values(input.titles);
  return {
    line: product.line,
    handle: input.handle,
    title,
    outcome,
    status: input.status,
    categories: [...input.categories],
    options: input.options.map(({ labels }) => Object.values(labels)[0] ?? ''),
    variants: input.variants.length,
    currency,
    minMinor: amounts.length === 0 ? 0 : Math.min(...amounts),
    maxMinor: amounts.length === 0 ? 0 : Math.max(...amounts),
    onHand: units.length === 0 ? null : units.reduce((sum, count) => sum + count, 0),
    pictures: product.pictures.length,
  };
}
