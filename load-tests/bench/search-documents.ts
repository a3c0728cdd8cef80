import type { SearchDocument, SearchQuery, SuggestQuery } from '@commerce/engines/search/search';

/** Products for the search suite, by their number: the same at every run. */

const WORDS = {
  quality: ['soft', 'solid', 'light', 'folding', 'classic', 'modern', 'round', 'tall', 'warm'],
  material: ['oak', 'linen', 'wool', 'steel', 'copper', 'velvet', 'glass', 'cotton', 'bamboo'],
  thing: [
    'lamp',
    'chair',
    'table',
    'shelf',
    'mug',
    'shirt',
    'scarf',
    'backpack',
    'clock',
    'mirror',
    'rug',
    'pillow',
    'kettle',
    'stool',
    'vase',
  ],
  colour: ['red', 'blue', 'green', 'white', 'black', 'sand', 'plum', 'grey', 'teal', 'amber'],
  brand: ['nordlicht', 'sierra', 'lavande', 'indigo', 'harbour', 'meadow', 'alpen', 'sakura'],
  origin: ['de', 'fr', 'pt', 'it', 'in', 'jp', 'us', 'se'],
  feature: ['family-made', 'recycled', 'vegan', 'repairable', 'organic', 'local'],
} as const;
type Kind = keyof typeof WORDS;

/** Spreads numbers, so that the parts of a product have nothing to do with each other. */
function pick(kind: Kind, number: number, salt: number): string {
  const words: readonly string[] = WORDS[kind];
  const mixed = Math.imul(number ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b) >>> 0;
  // Bitwise operators give signed numbers, and a negative one has a negative remainder.
  return words[((mixed ^ (mixed >>> 13)) >>> 0) % words.length] as string;
}

const priceOf = (number: number): number => 500 + ((number * 7_919) % 20_000);

export function searchDocument(number: number): SearchDocument {
  const [quality, material, thing] = [
    pick('quality', number, 1),
    pick('material', number, 2),
    pick('thing', number, 3),
  ];
  const colours = [...new Set([4, 5, 6].map((salt) => pick('colour', number, salt)))];
  const brand = pick('brand', number, 7);
  const text = `A ${quality} ${thing} made of ${material}, for every day and for guests. It lasts for years and is mended where it was made.`;
  return {
    id: `prd_${String(number).padStart(8, '0')}`,
    version: 1,
    texts: {
      en: {
        title: `${quality} ${material} ${thing}`,
        keywords: `${brand} ${thing}s home`,
        details: [...colours, material].join(' '),
        description: text,
      },
    },
    categories: [`${thing}s`, 'home'],
    facets: {
      vendor: [brand],
      brand: [brand],
      material: [material],
      colour: colours,
      origin: [pick('origin', number, 8)],
      feature: [pick('feature', number, 9)],
      size: ['s', 'm', 'l'].slice(0, 1 + (number % 3)),
    },
    prices: [
      { market: 'eu', currency: 'EUR', minMinor: priceOf(number), maxMinor: priceOf(number) + 900 },
      { market: 'us', currency: 'USD', minMinor: priceOf(number), maxMinor: priceOf(number) + 900 },
    ],
  };
}

const shop = { language: 'en', market: 'eu', currency: 'EUR' } as const;
const page = { ...shop, sort: 'relevance', limit: 24 } as const;
const threeFacets = (query: number): Readonly<Record<string, readonly string[]>> => ({
  colour: [pick('colour', query, 11), pick('colour', query, 12)],
  material: [pick('material', query, 13), pick('material', query, 14)],
  origin: [pick('origin', query, 15), pick('origin', query, 16)],
});

/** Queries by their number. */
export const searchQueries = {
  withWord: (query: number): SearchQuery => ({
    ...page,
    text: pick('thing', query, 17),
    facets: threeFacets(query),
  }),
  withCategory: (query: number): SearchQuery => ({
    ...page,
    text: '',
    category: `${pick('thing', query, 18)}s`,
    facets: threeFacets(query),
  }),
  browse: (query: number): SearchQuery => ({
    ...page,
    text: '',
    facets: { colour: [pick('colour', query, 19)] },
  }),
  prefix: (query: number): SuggestQuery => {
    const word = pick('thing', query, 20);
    return { ...shop, prefix: word.slice(0, 1 + (query % word.length)), limit: 8 };
  },
} as const;
