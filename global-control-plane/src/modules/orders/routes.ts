import { idPattern } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import { Type } from 'typebox';
import type { Access } from '../../http/access.ts';
import { VendorOrder, VendorOrderPage } from './schema.ts';
import type { OrderService } from './service.ts';

const tags = ['orders'];
const security = [{ bearer: [] }];
const ORDER_ID = idPattern('ord');
const VENDOR_ID = Type.String({ pattern: idPattern('ven') });
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

export function registerOrderRoutes(
  app: HttpApp,
  deps: { readonly orders: OrderService; readonly access: Access },
): void {
  const { orders, access } = deps;
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
          },
          { additionalProperties: false },
        ),
        response: { 200: VendorOrderPage },
      },
    },
    async (request) => {
      const { id } = request.params;
      await access.requireVendor(request, id, 'read');
      const { cursor, limit } = request.query;
      const found = await orders.listOrders(id, readCursor(cursor), limit + 1);
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
