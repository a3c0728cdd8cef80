import { currencyExponent } from '@commerce/contracts/currencies';
import type { ApiProduct } from '../api-types.ts';
import { toDecimal } from '../format.ts';
import type { PageContext } from '../page.ts';

/** Search engines cut descriptions off about here. */
const BRIEF_LENGTH_MAX = 155;

/** The first sentences of a text, as many as a search engine shows. */
export function describeInBrief(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ').trim();
  if (plain.length <= BRIEF_LENGTH_MAX) return plain;
  const cut = plain.slice(0, BRIEF_LENGTH_MAX - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), BRIEF_LENGTH_MAX / 2))}…`;
}

/** The product for search engines: each variant that has a price is an offer. */
export function productDocument(
  { origin, locale, href }: PageContext,
  product: ApiProduct,
  selectedId: string | undefined,
): Readonly<Record<string, unknown>> {
  const chosen = product.variants.find(({ id }) => id === selectedId);
  return {
    '@type': 'Product',
    name: product.title,
    description: product.description,
    sku: chosen?.sku,
    productID: product.id,
    brand: { '@type': 'Brand', name: product.vendor.name },
    category: product.breadcrumbs.map(({ name }) => name).join(' > '),
    image: product.media.map(({ url }) => new URL(url, origin).href),
    offers: product.variants.flatMap(({ sku, price, available, options }) => {
      if (price === null) return [];
      const values = Object.fromEntries(options.map(({ code, value }) => [code, value]));
      return [
        {
          '@type': 'Offer',
          sku,
          url: origin + href(`/products/${product.handle}`, values),
          price: toDecimal(price.amountMinor, currencyExponent(price.currency)),
          priceCurrency: price.currency,
          availability: `https://schema.org/${available > 0 ? 'InStock' : 'OutOfStock'}`,
          eligibleRegion: locale.country,
          seller: { '@type': 'Organization', name: product.vendor.name },
        },
      ];
    }),
  };
}
