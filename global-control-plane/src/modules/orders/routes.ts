import { idPattern } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import { Type } from 'typebox';
import type { Access } from '../../http/access.ts';
import { VendorOrder, VendorOrderPage, VendorSales } from './schema.ts';
import type { OrderService } from './service.ts';

const tags = ['orders'];
const security = [{ bearer: [] }];
const ORDER_ID = idPattern('ord');
const VENDOR_ID = Type.String({ pattern: idPattern('ven') });
const CELL_ID = '^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,3}$';
const DAY_MS = 86_400_000;
/** Later than any order. */
const FIRST_PAGE = { placedAt: new Date('9999-12-31T00:00:00Z'), orderId: '' };
const PLACED_MS_MAX = FIRST_PAGE.placedAt.getTime();

/** @throws AppError `invalid-cursor` */
function readCursor(cursor: string | undefined): { placedAt: Date; orderId: string } {
  if (cursor === undefined) return FIRST_PAGE;
  const [placedMs, orderId] = decodeCursor(cursor, ['number', 'string'] as const);
  if (!(Math.abs(placedMs) <= PLACED_MS_MAX) || !new RegExp(ORDER_ID).test(orderId)) {
    throw new AppError('invalid-cursor', { field: 'cursor' });
  }
  return { placedAt: new Date(placedMs), orderId };
}

interface Deps {
  readonly orders: OrderService;
  readonly access: Access;
  readonly nowMs: () => number;
}

export function registerOrderRoutes(app: HttpApp, deps: Deps): void {
  registerOrderReads(app, deps);
  registerSales(app, deps);
}

function registerSales(app: HttpApp, { orders, access, nowMs }: Deps): void {
  app.get(
    '/v1/vendors/:id/sales',
    {
      schema: {
        tags,
        security,
        summary: 'What a vendor sold in the last days, by day, cell and currency',
        description:
          'Days are those of UTC, the present one included. Canceled orders are left out. The member completeness tells for each cell how far its orders are known.',
        params: Type.Object({ id: VENDOR_ID }),
        querystring: Type.Object(
          {
            days: Type.Integer({
              minimum: 1,
              maximum: 366,
              default: 30,
              description: 'Number of days, today included.',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 200: VendorSales },
      },
    },
    async (request) => {
      const { id } = request.params;
      await access.requireVendor(request, id, 'read');
      const today = Math.floor(nowMs() / DAY_MS) * DAY_MS;
      const since = new Date(today - (request.query.days - 1) * DAY_MS);
      const dayOf = (time: Date): string => time.toISOString().slice(0, 10);
      const [sales, completeness] = await Promise.all([
        orders.readSales(id, since),
        orders.completeness(),
      ]);
      return { from: dayOf(since), to: dayOf(new Date(today)), ...sales, completeness };
    },
  );
}

function registerOrderReads(app: HttpApp, { orders, access }: Deps): void {
  app.get(
    '/v1/vendors/:id/orders',
    {
      schema: {
        tags,
        security,
        summary: 'A vendor’s orders of all cells, newest first',
        description:
          'Without personal data. The member completeness tells for each cell how far its orders are known.',
        params: Type.Object({ id: VENDOR_ID }),
        querystring: Type.Object(
          {
            cursor: Type.Optional(Type.String({ maxLength: 300 })),
            limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
            state: Type.Optional(
              Type.String({ pattern: '^[a-z-]{1,40}$', description: 'Only orders in this state.' }),
            ),
            cell: Type.Optional(Type.String({ pattern: CELL_ID, maxLength: 60 })),
            q: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 100,
                // The database's text can't hold the character 0.
                pattern: '^[^\\u0000]*$',
                description: 'Beginning of an order’s number, or its whole id.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: VendorOrderPage },
      },
    },
    async (request) => {
      const { id } = request.params;
      await access.requireVendor(request, id, 'read');
      const { cursor, limit, state, cell, q: text } = request.query;
      const filter = { state, cell, text, limit: limit + 1 };
      const found = await orders.listOrders(id, readCursor(cursor), filter);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const nextCursor =
        found.length > limit && last !== undefined
          ? encodeCursor([Date.parse(last.placedAt), last.orderId])
          : null;
      return { items: shown, nextCursor, completeness: await orders.completeness() };
    },
  );
  app.get(
    '/v1/vendors/:id/orders/:orderId',
    {
      schema: {
        tags,
        security,
        summary: 'One order',
        params: Type.Object({ id: VENDOR_ID, orderId: Type.String({ pattern: ORDER_ID }) }),
        response: { 200: VendorOrder },
      },
    },
    async (request) => {
      const { id, orderId } = request.params;
      await access.requireVendor(request, id, 'read');
      const order = await orders.findOrder(id, orderId);
      if (order === undefined) {
        throw new AppError('not-found', { detail: 'The vendor has no such order.' });
      }
      return order;
    },
  );
}
