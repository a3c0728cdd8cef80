import { idPattern } from '@commerce/contracts/ids';
import { LocalizedText, type ProductStatus } from '@commerce/contracts/catalog';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import { type Static, Type } from 'typebox';
import type { Access } from '../http/access.ts';
import type { OwnProducts, OwnVariant } from '../modules/catalog/index.ts';
import { type StockService, StockView } from '../modules/stock/index.ts';
import { VendorParams } from '../modules/vendors/index.ts';

/**
 * Lists in which vendors find their products and their stock, where the catalogue and the stock meet:
 * one row tells what a thing is and how many there are.
 */

const tags = ['vendors'];
const security = [{ bearer: [] }];
const units = Type.Integer();
const STATUSES = ['draft', 'active', 'archived'] as const;
const PRODUCT_ID = new RegExp(idPattern('prd'));
const SKU = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;

const text = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 100,
    // The database's text can't hold the character 0.
    pattern: '^[^\\u0000]*$',
    description: 'Words of a title or handle, or the beginning of a SKU.',
  }),
);
const pageFields = {
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
};
const nextCursor = Type.Union([Type.String(), Type.Null()]);
const picture = Type.Union([Type.String(), Type.Null()]);

const ProductRows = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      handle: Type.String(),
      status: Type.Enum([...STATUSES]),
      titles: LocalizedText,
      categories: Type.Array(Type.String()),
      picture,
      variants: Type.Integer(),
      prices: Type.Array(
        Type.Object({
          market: Type.String(),
          currency: Type.String(),
          fromMinor: Type.Integer(),
          toMinor: Type.Integer(),
        }),
      ),
      onHand: units,
      /** Units that can be sold now: unallotted, or free in a cell. */
      sellable: units,
      createdAt: Type.String({ format: 'date-time' }),
      updatedAt: Type.String({ format: 'date-time' }),
    }),
  ),
  nextCursor,
});

const StockRows = Type.Object({
  items: Type.Array(
    Type.Object({
      ...StockView.properties,
      productId: Type.String(),
      status: Type.Enum([...STATUSES]),
      titles: LocalizedText,
      options: Type.Array(LocalizedText),
      picture,
      sellable: units,
    }),
  ),
  nextCursor,
});
type StockRow = Static<typeof StockRows>['items'][number];

/** What cells that are away hold can be sold by nobody. */
const sellableOf = (view: StockView): number =>
  view.cells.reduce(
    (sum, { available, stranded }) => sum + Math.max(0, available - stranded),
    view.unallotted,
  );

interface Deps {
  readonly own: OwnProducts;
  readonly stock: StockService;
  readonly access: Access;
}

/** @throws AppError `invalid-cursor` */
function readKey(cursor: string | undefined, pattern: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const [key] = decodeCursor(cursor, ['string'] as const);
  if (!pattern.test(key)) throw new AppError('invalid-cursor', { field: 'cursor' });
  return key;
}

export function registerOwnListRoutes(app: HttpApp, deps: Deps): void {
  registerProductRows(app, deps);
  registerStockRows(app, deps);
}

function registerProductRows(app: HttpApp, { own, stock, access }: Deps): void {
  app.get(
    '/v1/vendors/:id/products',
    {
      schema: {
        tags,
        security,
        summary: 'A vendor’s products in short, newest first, with their stock',
        description: 'Archived products are left out unless they are asked for by `status`.',
        params: VendorParams,
        querystring: Type.Object(
          {
            ...pageFields,
            q: text,
            status: Type.Optional(
              Type.Enum([...STATUSES], { description: 'Only products of this status.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: ProductRows },
      },
    },
    async (request) => {
      const { id } = request.params;
      await access.requireVendor(request, id, 'read');
      const { cursor, limit, q, status } = request.query;
      const statuses: readonly ProductStatus[] =
        status === undefined ? ['draft', 'active'] : [status];
      const before = readKey(cursor, PRODUCT_ID);
      const found = await own.listProducts(id, { before, statuses, text: q, limit: limit + 1 });
      const shown = found.slice(0, limit);
      const variants = shown.flatMap(({ variantIds }) =>
        variantIds.map((variantId) => ({ variantId, vendorId: id, sku: '', markets: [] })),
      );
      const views = new Map((await stock.viewMany(variants)).map((view) => [view.variantId, view]));
      const last = shown.at(-1);
      return {
        items: shown.map(({ variantIds, ...product }) => {
          const own = variantIds.flatMap((variantId) => views.get(variantId) ?? []);
          return {
            ...product,
            categories: [...product.categories],
            prices: [...product.prices],
            variants: variantIds.length,
            onHand: own.reduce((sum, { onHand }) => sum + onHand, 0),
            sellable: own.reduce((sum, view) => sum + sellableOf(view), 0),
          };
        }),
        nextCursor: found.length > limit && last !== undefined ? encodeCursor([last.id]) : null,
      };
    },
  );
}

/** Variants that are read at once, and how often, while a page looks for the few that run low. */
const SCAN_PAGE = 200;
const SCANS_MAX = 10;

function toRow(variant: OwnVariant, view: StockView): StockRow {
  const { productId, status, titles, options, picture: hash } = variant;
  return {
    ...view,
    productId,
    status,
    titles,
    options: [...options],
    picture: hash,
    sellable: sellableOf(view),
  };
}

/** A page of variants; with `atMost`, of those that have no more sellable units than that. */
async function readStockPage(
  { own, stock }: Deps,
  vendorId: string,
  page: {
    readonly after: string;
    readonly text: string | undefined;
    readonly atMost: number | undefined;
    readonly limit: number;
  },
): Promise<{ rows: StockRow[]; next: string | undefined }> {
  const rows: StockRow[] = [];
  const { limit, atMost } = page;
  const read = atMost === undefined ? limit + 1 : SCAN_PAGE;
  let { after } = page;
  for (let scans = 0; scans < SCANS_MAX; scans += 1) {
    const variants = await own.listVariants(vendorId, { after, text: page.text, limit: read });
    const views = await stock.viewMany(variants);
    for (const [index, variant] of variants.entries()) {
      if (rows.length === limit) return { rows, next: after };
      after = variant.sku;
      const row = toRow(variant, views[index] as StockView);
      if (atMost === undefined || row.sellable <= atMost) rows.push(row);
    }
    if (variants.length < read) return { rows, next: undefined };
  }
  // What was looked at so far; the next page goes on from there.
  return { rows, next: after };
}

function registerStockRows(app: HttpApp, deps: Deps): void {
  app.get(
    '/v1/vendors/:id/stock',
    {
      schema: {
        tags,
        security,
        summary:
          'A vendor’s variants in the order of their SKUs, each with its stock in every cell',
        description:
          'With `atMost` a page may hold fewer than `limit`, and still have one after it: as many variants were looked at as one request may.',
        params: VendorParams,
        querystring: Type.Object(
          {
            ...pageFields,
            q: text,
            atMost: Type.Optional(
              Type.Integer({
                minimum: 0,
                maximum: 1_000_000,
                description: 'Only variants with at most so many units to sell.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: StockRows },
      },
    },
    async (request) => {
      const { id } = request.params;
      await deps.access.requireVendor(request, id, 'read');
      const { cursor, limit, q, atMost } = request.query;
      const after = readKey(cursor, SKU) ?? '';
      const { rows, next } = await readStockPage(deps, id, { after, text: q, atMost, limit });
      return { items: rows, nextCursor: next === undefined ? null : encodeCursor([next]) };
    },
  );
}
