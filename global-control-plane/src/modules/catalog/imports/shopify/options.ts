import type { ProductOption } from '@commerce/contracts/catalog';
import type { CsvRecord } from '../csv-records.ts';
import { createCodes } from './codes.ts';
import type { ShopifyField } from './columns.ts';
import type { RowReader } from './rows.ts';

/** What tells a product's variants apart. */

export interface OptionValues {
  readonly options: readonly ProductOption[];
  /** Codes of a variant row's values by the option's code. */
  valuesOf(row: CsvRecord): Readonly<Record<string, string>>;
}

const COLUMNS: readonly { readonly name: ShopifyField; readonly value: ShopifyField }[] = [
  { name: 'option1Name', value: 'option1Value' },
  { name: 'option2Name', value: 'option2Value' },
  { name: 'option3Name', value: 'option3Value' },
];

const VALUES_MAX = 100;
const LABEL_CHARS_MAX = 255;

/** Shopify writes this for a product that has one variant and no options. */
const isPlaceholder = (name: string, values: readonly string[]): boolean =>
  name.toLowerCase() === 'title' && values.every((text) => /^(?:default title)?$/i.test(text));

interface ReadOption {
  readonly option: ProductOption;
  readonly codeByRow: ReadonlyMap<CsvRecord, string>;
}

function readOption(
  reader: RowReader,
  rows: readonly CsvRecord[],
  column: (typeof COLUMNS)[number],
  context: { readonly language: string; readonly codeOfName: (name: string) => string },
): ReadOption | undefined {
  const given = rows.map((row) => ({ row, text: reader.text(row, column.value) }));
  const name = reader.firstText(rows, column.name);
  if (name === undefined) {
    const stray = given.find(({ text }) => text !== '');
    if (stray) {
      const detail = `"${stray.text.slice(0, 80)}" belongs to no option: the product's first row names none.`;
      reader.error(stray.row, column.name, 'option-missing', detail);
    }
    return undefined;
  }
  if (
    isPlaceholder(
      name.text,
      given.map(({ text }) => text),
    )
  )
    return undefined;
  const codes = createCodes();
  const labels = new Map<string, string>();
  const codeByRow = new Map<CsvRecord, string>();
  for (const { row, text } of given) {
    if (text === '') {
      const detail = `The variant has no ${name.text.slice(0, 80)}.`;
      reader.error(row, column.value, 'option-missing', detail);
      continue;
    }
    const label = text.slice(0, LABEL_CHARS_MAX);
    const code = codes(label);
    labels.set(code, label);
    codeByRow.set(row, code);
  }
  if (labels.size > VALUES_MAX) {
    const detail = `The option has more than ${VALUES_MAX} values.`;
    reader.error(name.row, column.value, 'unprocessable', detail);
  }
  const { language } = context;
  const option = {
    code: context.codeOfName(name.text),
    labels: { [language]: name.text.slice(0, LABEL_CHARS_MAX) },
    values: [...labels].map(([code, label]) => ({ code, labels: { [language]: label } })),
  };
  return { option, codeByRow };
}

/** Reads the options of a product's variant rows. */
export function readOptions(
  reader: RowReader,
  rows: readonly CsvRecord[],
  language: string,
): OptionValues {
  const codeOfName = createCodes();
  const read = COLUMNS.flatMap(
    (column) => readOption(reader, rows, column, { language, codeOfName }) ?? [],
  );
  return {
    options: read.map(({ option }) => option),
    valuesOf: (row) =>
      Object.fromEntries(
        read.flatMap(({ option, codeByRow }) => {
          const code = codeByRow.get(row);
          return code === undefined ? [] : [[option.code, code]];
        }),
      ),
  };
}
