import type { ProductAttribute, ProductInput, VariantInput } from '@commerce/contracts/catalog';
import type { CsvRecord } from '../csv-records.ts';
import type { CellFinding } from '../findings.ts';
import type { PriceList } from '../prices.ts';
import { readAmount, readGrams, readWhole } from './amounts.ts';
import { attributesOf } from './attributes.ts';
import type { CategoryMap } from './categories.ts';
import { codeOf } from './codes.ts';
import type { ShopifyColumns } from './columns.ts';
import { cutText, textOfHtml } from './description-text.ts';
import { type OptionValues, readOptions } from './options.ts';
import { type PictureSource, readPictures } from './pictures.ts';
import { createRowReader, type RowReader } from './rows.ts';

/** Makes a product out of its rows. Everything that is wrong is told, with line and column. */

export interface ShopifyContext {
  readonly columns: ShopifyColumns;
  readonly currency: string;
  readonly prices: PriceList;
  /** BCP 47, of the file's texts. */
  readonly language: string;
  readonly categories: CategoryMap;
  readonly handlePrefix: string | undefined;
  readonly countStock: boolean;
}

export interface ReadProduct {
  readonly input: ProductInput;
  /** Units on hand by SKU, of the variants that the file counts. */
  readonly onHand: Readonly<Record<string, number>>;
  readonly pictures: readonly PictureSource[];
  /** Line that the product begins in, and line of each variant. */
  readonly line: number;
  readonly variantLines: readonly number[];
  readonly findings: readonly CellFinding[];
}

const TITLE_CHARS_MAX = 255;
const DESCRIPTION_CHARS_MAX = 10_000;
const VARIANTS_MAX = 800;
const UNITS_MAX = 1_000_000_000n;
const SKU = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;
const NUL = '\0';

function readStatus(reader: RowReader, rows: readonly CsvRecord[]): ProductInput['status'] {
  const [first] = rows;
  const published = first === undefined ? undefined : reader.truth(first, 'published');
  const given = reader.firstText(rows, 'status');
  const status = given?.text.toLowerCase() ?? 'active';
  switch (status) {
    case 'active':
      return published === false ? 'draft' : 'active';
    case 'draft':
    case 'archived':
      return status;
    case 'unlisted':
      if (given) {
        reader.warn(given.row, 'status', 'unlisted', 'There is no unlisted here: it is a draft.');
      }
      return 'draft';
    default:
      if (given) {
        const detail = `"${given.text.slice(0, 40)}" is none of active, draft and archived.`;
        reader.error(given.row, 'status', 'unprocessable', detail);
      }
      return 'draft';
  }
}

/** The variant's own SKU, or one made of the handle and the values: the same at every import. */
function readSku(
  reader: RowReader,
  row: CsvRecord,
  made: { readonly handle: string; readonly options: Readonly<Record<string, string>> },
): string {
  const text = reader.text(row, 'sku').replace(/^'/, '');
  if (text === '') {
    const sku = codeOf([made.handle, ...Object.values(made.options)].join(' '), 64);
    reader.warn(row, 'sku', 'sku-made', `It has no SKU, so "${sku}" was made for it.`);
    return sku;
  }
  const sku = text.replace(/\s+/g, '-');
  if (!SKU.test(sku)) {
    const detail = `"${text.slice(0, 80)}" is no SKU: up to 64 letters, digits and . _ / - are.`;
    reader.error(row, 'sku', 'unprocessable', detail);
  } else if (sku !== text) {
    reader.warn(row, 'sku', 'sku-changed', `"${text}" is kept as "${sku}", without spaces.`);
  }
  return sku;
}

/** Units that the row counts; undefined where it counts none. */
function readUnits(reader: RowReader, row: CsvRecord): number | undefined {
  const text = reader.text(row, 'quantity');
  if (text === '') return undefined;
  const units = reader.take(row, 'quantity', 'unprocessable', readWhole(text));
  if (units === undefined) return undefined;
  if (units > UNITS_MAX) {
    reader.error(row, 'quantity', 'unprocessable', `"${text}" is more than anybody has.`);
  }
  if (units < 0n) {
    const detail = `"${text}" is below zero: it is counted as none.`;
    reader.warn(row, 'quantity', 'negative-quantity', detail);
  }
  return Number(units < 0n ? 0n : units);
}

interface VariantRow {
  readonly variant: VariantInput;
  readonly line: number;
  readonly units: number | undefined;
}

function readVariant(
  reader: RowReader,
  row: CsvRecord,
  options: Readonly<Record<string, string>>,
  context: ShopifyContext & { readonly handle: string },
): VariantRow {
  const priceText = reader.text(row, 'price');
  if (priceText === '') reader.error(row, 'price', 'price-missing', 'The variant has no price.');
  const amount =
    priceText === ''
      ? undefined
      : reader.take(row, 'price', 'price-wrong', readAmount(priceText, context.currency));
  const weightText = reader.text(row, 'grams');
  const grams =
    weightText === ''
      ? 0
      : (reader.take(row, 'grams', 'unprocessable', readGrams(weightText)) ?? 0);
  return {
    variant: {
      sku: readSku(reader, row, { handle: context.handle, options }),
      options,
      prices: amount === undefined ? [] : context.prices.pricesOf(amount),
      weightGrams: grams,
    },
    line: row.line,
    units: context.countStock ? readUnits(reader, row) : undefined,
  };
}

/** Rows that describe a variant; the others only add pictures. */
function variantRowsOf(reader: RowReader, rows: readonly CsvRecord[]): readonly CsvRecord[] {
  const fields = ['price', 'sku', 'option1Value', 'option2Value', 'option3Value'] as const;
  const found = rows.filter((row) => fields.some((field) => reader.text(row, field) !== ''));
  return found.length > 0 ? found : rows.slice(0, 1);
}

function readTexts(reader: RowReader, rows: readonly CsvRecord[]) {
  const [first] = rows;
  const title = reader.firstText(rows, 'title');
  if (title === undefined) {
    if (first) reader.error(first, 'title', 'title-missing', 'The product has no title.');
  } else if (title.text.length > TITLE_CHARS_MAX) {
    const detail = `The title has more than ${TITLE_CHARS_MAX} characters.`;
    reader.error(title.row, 'title', 'unprocessable', detail);
  }
  const html = reader.firstText(rows, 'description');
  const text = html === undefined ? '' : textOfHtml(html.text);
  const description = cutText(text, DESCRIPTION_CHARS_MAX);
  if (html !== undefined && description !== text) {
    const detail = `The text has more than ${DESCRIPTION_CHARS_MAX} characters and is cut.`;
    reader.warn(html.row, 'description', 'description-cut', detail);
  }
  return { title: title?.text ?? '', description };
}

function readCategory(reader: RowReader, rows: readonly CsvRecord[], categories: CategoryMap) {
  const path = reader.firstText(rows, 'category');
  const type = reader.firstText(rows, 'type');
  const found = categories.resolve(path?.text ?? '', type?.text ?? '');
  const place = path ?? type;
  if (found.unknown !== undefined && place !== undefined) {
    const detail = `There is no category "${found.unknown.slice(0, 120)}": it is put under "${found.handle}".`;
    reader.warn(place.row, path ? 'category' : 'type', 'unknown-category', detail);
  }
  return found.handle;
}

/** Cells that can't be kept as they are. */
function checkCells(reader: RowReader, rows: readonly CsvRecord[], columns: ShopifyColumns): void {
  for (const row of rows) {
    for (const [field, place] of columns.places) {
      if (row.cells[place]?.includes(NUL)) {
        reader.error(row, field, 'unprocessable', 'The cell holds a NUL.');
      }
    }
  }
  const gift = rows.find((row) => reader.truth(row, 'giftCard') === true);
  if (gift) reader.error(gift, 'giftCard', 'gift-card', 'Gift cards can not be imported.');
}

/** @param rows of one handle, at least one, in the order of the file */
export function readProduct(
  handle: string,
  rows: readonly CsvRecord[],
  context: ShopifyContext,
): ReadProduct {
  const reader = createRowReader(context.columns);
  checkCells(reader, rows, context.columns);
  const ownHandle =
    context.handlePrefix === undefined ? handle : `${context.handlePrefix}-${handle}`;
  const { title, description } = readTexts(reader, rows);
  const variantRows = variantRowsOf(reader, rows);
  const [overflow] = variantRows.slice(VARIANTS_MAX);
  if (overflow) {
    const detail = `The product has more than ${VARIANTS_MAX} variants.`;
    reader.error(overflow, 'sku', 'unprocessable', detail);
  }
  const { options, valuesOf }: OptionValues = readOptions(reader, variantRows, context.language);
  const variants = variantRows
    .slice(0, VARIANTS_MAX)
    .map((row) => readVariant(reader, row, valuesOf(row), { ...context, handle }));
  const texts = (text: string) => (text === '' ? {} : { [context.language]: text });
  const attributes: ProductAttribute[] = attributesOf(reader, rows, context.language);
  return {
    input: {
      handle: ownHandle,
      status: readStatus(reader, rows),
      categories: [readCategory(reader, rows, context.categories)],
      titles: texts(title),
      descriptions: texts(description),
      options: [...options],
      attributes,
      media: [],
      variants: variants.map(({ variant }) => variant),
    },
    onHand: Object.fromEntries(
      variants.flatMap(({ variant, units }) => (units === undefined ? [] : [[variant.sku, units]])),
    ),
    pictures: readPictures(reader, rows),
    line: rows[0]?.line ?? 1,
    variantLines: variants.map(({ line }) => line),
    findings: reader.findings,
  };
}
