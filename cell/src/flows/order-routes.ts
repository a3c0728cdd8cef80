import { AppError, Problem } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RequestContext } from '../http/request-context.ts';
import { type Orders, viewGroup, viewOrder } from '../modules/orders/index.ts';
import type { Payments } from '../modules/payments/index.ts';
import { type Principal, requireOwner } from './cart-access.ts';
import { viewPayment } from './checkout/answers.ts';
import { OrderGroupView, OrderView } from './schema.ts';
import { registerTrackingRoutes, type TrackingRoutesDeps } from './tracking/routes.ts';
import type { TrackingTokens } from './tracking/tracking-tokens.ts';

export interface OrderRoutesDeps {
  readonly context: RequestContext;
  readonly sql: Sql;
  readonly orders: Orders;
  readonly payments: Payments;
  readonly history: TrackingRoutesDeps['history'];
  readonly trackingTokens: TrackingTokens;
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | undefined>;
}

const Params = Type.Object({ id: Type.String({ maxLength: 80 }) });
const PageQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
    cursor: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false },
);
/** Sorts after every id. */
const BEFORE_ALL = '~';

/** Adds reading orders. A guest's order is found by its id, without email and addresses. */
export function registerOrderRoutes(app: HttpApp, deps: OrderRoutesDeps): void {
  const { context, orders, payments, sql } = deps;
  registerTrackingRoutes(app, { ...deps, tokens: deps.trackingTokens });
  const tags = ['orders'];

  app.get(
    '/v1/orders/:id',
    {
      schema: {
        tags,
        security: [{ bearer: [] }, {}],
        summary: 'Read one order',
        params: Params,
        response: { 200: OrderView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request) => {
      const partition = context.readablePartition('ord', request.params.id);
      const [order, caller] = await Promise.all([
        orders.find(deps.sql, partition, request.params.id),
        deps.authenticate(request),
      ]);
      if (order === undefined) {
        throw new AppError('not-found', { detail: 'There is no such order.' });
      }
      requireOwner(order.customer_id, caller);
      return viewOrder(order) as never;
    },
  );

  app.get(
    '/v1/order-groups/:id',
    {
      schema: {
        tags,
        security: [{ bearer: [] }, {}],
        summary: 'Read one checkout with its orders and its payment',
        params: Params,
        response: { 200: OrderGroupView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request) => {
      const { id } = request.params;
      const partition = context.readablePartition('grp', id);
      const [group, rows, payment, caller] = await Promise.all([
        orders.findGroup(sql, partition, id),
        orders.ofGroup(sql, partition, id),
        payments.findByGroup(sql, partition, id),
        deps.authenticate(request),
      ]);
      if (group === undefined) {
        throw new AppError('not-found', { detail: 'There is no such order group.' });
      }
      requireOwner(group.customerId, caller);
      const personal = group.customerId !== null;
      const view = payment === undefined ? undefined : viewPayment(payment);
      return viewGroup(group, rows, view, personal) as never;
    },
  );

  app.get(
    '/v1/me/orders',
    {
      schema: {
        tags,
        summary: 'The orders of the customer, newest first',
        security: [{ bearer: [] }],
        querystring: PageQuery,
        response: {
          200: Type.Object({
            items: Type.Array(OrderView),
            nextCursor: Type.Union([Type.String(), Type.Null()]),
          }),
          '4xx': Problem,
          '5xx': Problem,
        },
      },
    },
    async (request) => {
      const caller = await deps.authenticate(request);
      if (caller === undefined) throw new AppError('unauthenticated', { field: 'authorization' });
      const partition = context.readablePartition('cus', caller.customerId);
      const { cursor, limit } = request.query;
      const [beforeId] =
        cursor === undefined ? [BEFORE_ALL] : decodeCursor(cursor, ['string'] as const);
      const rows = await orders.ofCustomer(partition, caller.customerId, {
        beforeId,
        limit: limit + 1,
      });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const more = rows.length > limit && last !== undefined;
      return {
        items: page.map(viewOrder),
        nextCursor: more ? encodeCursor([last.id]) : null,
      } as never;
    },
  );
}
