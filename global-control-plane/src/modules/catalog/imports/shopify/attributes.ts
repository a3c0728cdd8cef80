import type { LocalizedText, ProductAttribute } from '@commerce/contracts/catalog';
import type { CsvRecord } from '../csv-records.ts';
import { createCodes } from './codes.ts';
import type { ShopifyField } from './columns.ts';
import type { RowReader } from './rows.ts';

/** Properties that shoppers filter by: the brand, the vendor's own type, and tags. */

const LABELS: Readonly<Record<string, LocalizedText>> = {
  brand: {
    en: 'Brand',
    de: 'Marke',
    fr: 'Marque',
    es: 'Marca',
    ar: 'العلامة التجارية',
    ja: 'ブランド',
  },
  type: { en: 'Type', de: 'Art', fr: 'Type', es: 'Tipo', ar: 'النوع', ja: '種類' },
  tags: {
    en: 'Tags',
    de: 'Schlagwörter',
    fr: 'Étiquettes',
    es: 'Etiquetas',
    ar: 'وسوم',
    ja: 'タグ',
  },
};

const VALUES_MAX = 20;
const LABEL_CHARS_MAX = 255;

function attributeOf(
  code: keyof typeof LABELS,
  texts: readonly string[],
  language: string,
): ProductAttribute[] {
  const codes = createCodes();
  const labels = new Map(
    texts
      .map((text) => text.trim().slice(0, LABEL_CHARS_MAX))
      .flatMap((text) => {
        return text === '' ? [] : [[codes(text), text] as const];
      }),
  );
  if (labels.size === 0) return [];
  const values = [...labels].slice(0, VALUES_MAX).map(([value, label]) => ({
    code: value,
    labels: { [language]: label },
  }));
  return [{ code, labels: LABELS[code] ?? {}, values }];
}

/** The attributes of a product's rows. */
export function attributesOf(
  reader: RowReader,
  rows: readonly CsvRecord[],
  language: string,
): ProductAttribute[] {
  const text = (field: ShopifyField): string => reader.firstText(rows, field)?.text ?? '';
  const tags = reader.firstText(rows, 'tags');
  const tagTexts = [...new Set((tags?.text ?? '').split(',').map((tag) => tag.trim()))];
  if (tags !== undefined && tagTexts.length > VALUES_MAX) {
    const detail = `Of ${tagTexts.length} tags the first ${VALUES_MAX} are kept.`;
    reader.warn(tags.row, 'tags', 'tags-cut', detail);
  }
  return [
    ...attributeOf('brand', [text('brand')], language),
    ...attributeOf('type', [text('type')], language),
    ...attributeOf('tags', tagTexts, language),
  ];
}
