import type { Random } from './random.ts';
import { type DemoText, sameText, texts } from './texts.ts';

/** One value of an option, such as a colour or a size. */
export interface OptionValue {
  readonly code: string;
  readonly labels: DemoText;
  /** What this value adds to the product's price, in percent. */
  readonly pricePercent?: number;
}

/** An option that a product comes in. */
export interface OptionChoice {
  readonly code: string;
  readonly labels: DemoText;
  readonly values: readonly OptionValue[];
}

/** A colour with the paint that pictures use. */
export interface Colour extends OptionValue {
  readonly hex: string;
}

export const COLOURS: readonly Colour[] = [
  {
    code: 'black',
    hex: '#2b2b33',
    labels: texts('Black', 'Schwarz', 'Noir', 'Negro', 'أسود', 'ブラック'),
  },
  {
    code: 'white',
    hex: '#f4f1ea',
    labels: texts('White', 'Weiß', 'Blanc', 'Blanco', 'أبيض', 'ホワイト'),
  },
  {
    code: 'grey',
    hex: '#8d939c',
    labels: texts('Grey', 'Grau', 'Gris', 'Gris', 'رمادي', 'グレー'),
  },
  {
    code: 'navy',
    hex: '#27406b',
    labels: texts('Navy', 'Marineblau', 'Bleu marine', 'Azul marino', 'كحلي', 'ネイビー'),
  },
  {
    code: 'sky',
    hex: '#6fa8d6',
    labels: texts(
      'Sky blue',
      'Himmelblau',
      'Bleu ciel',
      'Azul cielo',
      'أزرق سماوي',
      'スカイブルー',
    ),
  },
  {
    code: 'teal',
    hex: '#1f7f80',
    labels: texts('Teal', 'Petrol', 'Bleu canard', 'Verde azulado', 'أزرق مخضر', 'ティール'),
  },
  {
    code: 'green',
    hex: '#4c7a4f',
    labels: texts('Green', 'Grün', 'Vert', 'Verde', 'أخضر', 'グリーン'),
  },
  {
    code: 'olive',
    hex: '#7d7a3c',
    labels: texts('Olive', 'Oliv', 'Olive', 'Oliva', 'زيتوني', 'オリーブ'),
  },
  {
    code: 'mustard',
    hex: '#d9a429',
    labels: texts('Mustard', 'Senfgelb', 'Moutarde', 'Mostaza', 'خردلي', 'マスタード'),
  },
  {
    code: 'rust',
    hex: '#b5532c',
    labels: texts('Rust', 'Rostrot', 'Rouille', 'Teja', 'صدئي', 'ラスト'),
  },
  { code: 'red', hex: '#b8323a', labels: texts('Red', 'Rot', 'Rouge', 'Rojo', 'أحمر', 'レッド') },
  { code: 'rose', hex: '#d98a96', labels: texts('Rose', 'Rosé', 'Rose', 'Rosa', 'وردي', 'ローズ') },
  {
    code: 'plum',
    hex: '#6d3b63',
    labels: texts('Plum', 'Pflaume', 'Prune', 'Ciruela', 'خوخي داكن', 'プラム'),
  },
  {
    code: 'sand',
    hex: '#c9b48d',
    labels: texts('Sand', 'Sand', 'Sable', 'Arena', 'رملي', 'サンド'),
  },
];

const SIZE = texts('Size', 'Größe', 'Taille', 'Talla', 'المقاس', 'サイズ');
const COLOUR = texts('Colour', 'Farbe', 'Couleur', 'Color', 'اللون', 'カラー');
const FIT = texts('Fit', 'Passform', 'Coupe', 'Corte', 'القصّة', 'フィット');
const FORMAT = texts('Format', 'Format', 'Format', 'Formato', 'الحجم', 'タイプ');
const CAPACITY = texts('Capacity', 'Fassungsvermögen', 'Contenance', 'Capacidad', 'السعة', '容量');

const APPAREL_SIZES = ['XS', 'S', 'M', 'L', 'XL', 'XXL'].map((size) => plain(size));
const SHOE_SIZES = Array.from({ length: 11 }, (_, index) => plain(String(36 + index)));
const RING_SIZES = ['48', '50', '52', '54', '56', '58'].map((size) => plain(size));
const VOLUMES = ['350 ml', '500 ml', '750 ml', '1 l'].map((size, step) => plain(size, step * 15));
const FITS: readonly OptionValue[] = [
  {
    code: 'regular',
    labels: texts('Regular', 'Normal', 'Classique', 'Normal', 'عادي', 'レギュラー'),
  },
  { code: 'tall', labels: texts('Tall', 'Lang', 'Long', 'Largo', 'طويل', 'トール') },
];
const SMALL_TO_LARGE: readonly OptionValue[] = [
  { code: 'small', labels: texts('Small', 'Klein', 'Petit', 'Pequeño', 'صغير', 'スモール') },
  {
    code: 'medium',
    pricePercent: 25,
    labels: texts('Medium', 'Mittel', 'Moyen', 'Mediano', 'متوسط', 'ミディアム'),
  },
  {
    code: 'large',
    pricePercent: 60,
    labels: texts('Large', 'Groß', 'Grand', 'Grande', 'كبير', 'ラージ'),
  },
];

function plain(text: string, pricePercent = 0): OptionValue {
  return { code: text.toLowerCase().replaceAll(' ', ''), labels: sameText(text), pricePercent };
}

/** The ways in which kinds of products vary. */
export const OPTION_SCHEMES = [
  'apparel',
  'shoes',
  'ring',
  'colour',
  'format',
  'volume',
  'single',
] as const;
export type OptionScheme = (typeof OPTION_SCHEMES)[number];

/** A run of neighbouring sizes: nobody stocks S and XXL alone. */
function neighbours(values: readonly OptionValue[], count: number, random: Random): OptionValue[] {
  const start = random.integer(0, Math.max(0, values.length - count));
  return values.slice(start, start + count);
}

/**
 * Draws the options of a product: none for single items, up to three for clothing. The product of
 * their numbers of values is at most 30.
 */
export function drawOptions(scheme: OptionScheme, random: Random): OptionChoice[] {
  const colours = (count: number): OptionChoice => ({
    code: 'colour',
    labels: COLOUR,
    values: random.sample(COLOURS, count),
  });
  const sizes = (values: readonly OptionValue[]): OptionChoice => ({
    code: 'size',
    labels: SIZE,
    values,
  });
  switch (scheme) {
    case 'apparel': {
      if (random.chance(0.06)) {
        const fits = { code: 'fit', labels: FIT, values: FITS };
        return [colours(3), sizes(neighbours(APPAREL_SIZES, 5, random)), fits];
      }
      const count = random.integer(3, 5);
      return [colours(random.integer(1, 3)), sizes(neighbours(APPAREL_SIZES, count, random))];
    }
    case 'shoes':
      return [
        colours(random.integer(1, 2)),
        sizes(neighbours(SHOE_SIZES, random.integer(4, 7), random)),
      ];
    case 'ring':
      return [sizes(neighbours(RING_SIZES, random.integer(3, 5), random))];
    case 'colour':
      return [colours(random.integer(2, 4))];
    case 'format': {
      const format = { code: 'format', labels: FORMAT, values: SMALL_TO_LARGE };
      return random.chance(0.5) ? [format] : [colours(random.integer(1, 2)), format];
    }
    case 'volume': {
      const values = neighbours(VOLUMES, random.integer(2, 3), random);
      return [colours(random.integer(1, 2)), { code: 'capacity', labels: CAPACITY, values }];
    }
    case 'single':
      return [];
    default:
      return scheme satisfies never;
  }
}

/** Label of the colour facet, which products without a choice of colour have as well. */
export const COLOUR_LABELS = COLOUR;
