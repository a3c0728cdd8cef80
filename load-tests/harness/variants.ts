import { formatRequest, openConnection } from './connection.ts';

const PAGE_SIZE = 50;
const VARIANTS_MAX = 400;

interface ProductPage {
  readonly items: readonly {
    readonly variants: readonly { readonly id: string; readonly available: number }[];
  }[];
  readonly nextCursor: string | null;
}

/** Variants with units to sell, as a shopper in a country sees them. @throws Error where there are none */
export async function listVariants(routerPort: number, country: string): Promise<string[]> {
  const connection = await openConnection(routerPort);
  const found: string[] = [];
  try {
    for (let cursor: string | null = ''; cursor !== null && found.length < VARIANTS_MAX; ) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const request = formatRequest('GET', `/v1/products?limit=${PAGE_SIZE}${more}`, {
        'x-client-country': country,
        accept: 'application/json',
      });
      const { status, body } = await connection.send(request);
      if (status !== 200) throw new Error(`the list of products was answered with ${status}`);
      const page = JSON.parse(body.toString()) as ProductPage;
      for (const { variants } of page.items) {
        found.push(...variants.filter(({ available }) => available > 0).map(({ id }) => id));
      }
      cursor = page.nextCursor;
    }
  } finally {
    connection.close();
  }
  if (found.length === 0) throw new Error(`there is nothing to sell in ${country}`);
  return found;
}
