import type { ShippingRate } from '@commerce/contracts/catalog';
import { market, marketOfCountry } from '@commerce/contracts/markets';
import { priceIn } from './prices.ts';
import { type DemoText, texts } from './texts.ts';

/** A vendor of the demo, with the one user who signs in for it. */
export interface DemoVendor {
  readonly slug: string;
  readonly name: string;
  /** Letters that the vendor's SKUs begin with. */
  readonly skuPrefix: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly city: DemoText;
  /** Ids of the markets that it sells to. */
  readonly markets: readonly string[];
  readonly userName: string;
  readonly email: string;
  readonly password: string;
  readonly shippingRates: readonly Omit<ShippingRate, 'id'>[];
}

type Row = readonly [
  slug: string,
  name: string,
  sku: string,
  country: string,
  user: string,
  extraMarkets: string,
  city: DemoText,
];

/** Where every vendor sells; the rest differs, so that filters by market have something to do. */
const EVERYWHERE = ['eu', 'uk', 'us', 'international'];

const rows: readonly Row[] = [
  [
    'nordlicht',
    'Nordlicht',
    'NOR',
    'DE',
    'Ada',
    'ca jp',
    texts('Hamburg', 'Hamburg', 'Hambourg', 'Hamburgo', 'هامبورغ', 'ハンブルク'),
  ],
  [
    'maison-lavande',
    'Maison Lavande',
    'LAV',
    'FR',
    'Blaise',
    'ca br ae',
    texts('Lyon', 'Lyon', 'Lyon', 'Lyon', 'ليون', 'リヨン'),
  ],
  [
    'sierra-outfitters',
    'Sierra Outfitters',
    'SIE',
    'US',
    'Carol',
    'ca au',
    texts('Denver', 'Denver', 'Denver', 'Denver', 'دنفر', 'デンバー'),
  ],
  [
    'casa-olmo',
    'Casa Olmo',
    'OLM',
    'ES',
    'Diego',
    'br sa',
    texts('Valencia', 'Valencia', 'Valence', 'Valencia', 'بلنسية', 'バレンシア'),
  ],
  [
    'harbour-and-thread',
    'Harbour & Thread',
    'HAR',
    'GB',
    'Edith',
    'au in',
    texts('Leeds', 'Leeds', 'Leeds', 'Leeds', 'ليدز', 'リーズ'),
  ],
  [
    'kumo-works',
    'Kumo Works',
    'KUM',
    'JP',
    'Fumiko',
    'jp sg au',
    texts('Kyoto', 'Kyoto', 'Kyoto', 'Kioto', 'كيوتو', '京都'),
  ],
  [
    'al-waha',
    'Al Waha',
    'WAH',
    'AE',
    'Ghada',
    'ae sa in',
    texts('Sharjah', 'Schardscha', 'Charjah', 'Sharjah', 'الشارقة', 'シャルジャ'),
  ],
  [
    'botanica-sul',
    'Botânica Sul',
    'BOT',
    'BR',
    'Helena',
    'br',
    texts('Curitiba', 'Curitiba', 'Curitiba', 'Curitiba', 'كوريتيبا', 'クリチバ'),
  ],
  [
    'southern-cross',
    'Southern Cross Supply',
    'SOU',
    'AU',
    'Ivy',
    'au sg jp',
    texts('Hobart', 'Hobart', 'Hobart', 'Hobart', 'هوبارت', 'ホバート'),
  ],
  [
    'maple-and-birch',
    'Maple & Birch',
    'MAP',
    'CA',
    'Jacques',
    'ca',
    texts('Halifax', 'Halifax', 'Halifax', 'Halifax', 'هاليفاكس', 'ハリファックス'),
  ],
  [
    'indigo-lane',
    'Indigo Lane',
    'IND',
    'IN',
    'Kavita',
    'in sg ae sa',
    texts('Jaipur', 'Jaipur', 'Jaipur', 'Jaipur', 'جايبور', 'ジャイプル'),
  ],
  [
    'lumen-sound',
    'Lumen Sound',
    'LUM',
    'SG',
    'Lin',
    'sg jp au in ae',
    texts('Singapore', 'Singapur', 'Singapour', 'Singapur', 'سنغافورة', 'シンガポール'),
  ],
];

const SERVICES = [
  {
    code: 'standard',
    home: [4.9, 2, 4],
    abroad: [12.9, 5, 10],
    names: texts(
      'Standard delivery',
      'Standardversand',
      'Livraison standard',
      'Envío estándar',
      'توصيل عادي',
      '通常配送',
    ),
  },
  {
    code: 'express',
    home: [12.9, 1, 2],
    abroad: [29.9, 2, 4],
    names: texts(
      'Express delivery',
      'Expressversand',
      'Livraison express',
      'Envío urgente',
      'توصيل سريع',
      '速達便',
    ),
  },
] as const;

function shippingRates(country: string, marketIds: readonly string[]): DemoVendor['shippingRates'] {
  const homeMarket = marketOfCountry(country)?.id;
  return marketIds.flatMap((id) =>
    (market(id)?.currencies ?? []).flatMap(({ code: currency }) =>
      SERVICES.map((service) => {
        const [euros, minDays, maxDays] = id === homeMarket ? service.home : service.abroad;
        const amountMinor = priceIn(id, currency, Math.round(euros * 100));
        const names = { ...service.names };
        return { code: service.code, market: id, currency, amountMinor, names, minDays, maxDays };
      }),
    ),
  );
}

/** What everybody who tries the demo signs in with, followed by the vendor's slug. */
const PASSWORD_PREFIX = 'demo-password-';

const vendors: readonly DemoVendor[] = rows.map(
  ([slug, name, skuPrefix, country, userName, extraMarkets, city]) => {
    const markets = [...EVERYWHERE, ...extraMarkets.split(' ')];
    return {
      slug,
      name,
      skuPrefix,
      country,
      city,
      markets,
      userName,
      email: `${userName.toLowerCase()}@${slug}.example`,
      password: `${PASSWORD_PREFIX}${slug}`,
      shippingRates: shippingRates(country, markets),
    };
  },
);

const bySlug: ReadonlyMap<string, DemoVendor> = new Map(
  vendors.map((vendor) => [vendor.slug, vendor]),
);

/** The 12 vendors of the demo. Each one's sign-in is `name@slug.example`, `demo-password-slug`. */
export function demoVendors(): readonly DemoVendor[] {
  return vendors;
}

/**
 * The demo's vendor of a slug.
 * @throws RangeError where there is none.
 */
export function demoVendor(slug: string): DemoVendor {
  const vendor = bySlug.get(slug);
  if (vendor === undefined) throw new RangeError(`the demo knows no vendor ${slug}`);
  return vendor;
}
