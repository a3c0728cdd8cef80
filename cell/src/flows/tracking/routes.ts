import { AppError, Problem } from '@commerce/contracts/problems';
import type { Partition } from '@commerce/contracts/ids';
import type { Sql } from '@commerce/engines/sql/sql';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RequestContext } from '../../http/request-context.ts';
import type { Shipments } from '../../modules/fulfilment/index.ts';
import type { OrderChanges } from '../../modules/order-changes/index.ts';
import type { OrderGroup, Orders } from '../../modules/orders/index.ts';
import type { MoneyMoves, Payments } from '../../modules/payments/index.ts';
import { type Principal, requireOwner } from '../cart-access.ts';
import { TrackingTokenView, TrackingView } from './schema.ts';
import { TRACKING_TOKEN_LENGTH_MAX, type TrackingTokens } from './tracking-tokens.ts';
import { viewTracking } from './tracking-view.ts';

export interface TrackingRoutesDeps {
  readonly context: RequestContext;
  readonly sql: Sql;
  readonly orders: Orders;
  readonly payments: Payments;
  readonly history: {
    readonly shipments: Shipments;
    readonly changes: OrderChanges;
    readonly moves: MoneyMoves;
  };
  readonly tokens: TrackingTokens;
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | undefined>;
}

const Params = Type.Object({ id: Type.String({ maxLength: 80 }) });
const security = [{ bearer: [] }, {}];

/** Adds links by which an order is followed without an account, and what they show. */
export function registerTrackingRoutes(app: HttpApp, deps: TrackingRoutesDeps): void {
  const { context, sql, orders, payments, tokens } = deps;

  const requireGroup = async (partition: Partition, id: string): Promise<OrderGroup> => {
    const group = await orders.findGroup(sql, partition, id);
    if (group !== undefined) return group;
    throw new AppError('not-found', { detail: 'There is no such order group.' });
  };

  app.post(
    '/v1/order-groups/:id/tracking-token',
    {
      schema: {
        tags: ['orders'],
        security,
        summary: 'Get the token of a tracking link',
        description:
          "For the customer, and for a guest who names the cart that was bought, which is the guest's " +
          'key to it. Nothing is kept, so it may be asked for again.',
        params: Params,
        body: Type.Object(
          {
            cartId: Type.Optional(
              Type.String({
                maxLength: 80,
                description: "The cart that was bought; for a guest's order.",
                examples: ['cart_eu1f3_01jd8x3k5nf0v9m2q7r4t6w8ya'],
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: TrackingTokenView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const partition = context.readablePartition('grp', id);
      const [group, caller] = await Promise.all([
        requireGroup(partition, id),
        deps.authenticate(request),
      ]);
      requireOwner(group.customerId, caller);
      if (group.customerId === null && request.body.cartId !== group.cartId) {
        throw new AppError('forbidden', {
          field: 'cartId',
          detail: 'This order was not bought with that cart.',
        });
      }
      const { token, expiresAt } = tokens.issue(id);
      void reply.header('cache-control', 'no-store');
      return { token, expiresAt: expiresAt.toISOString() };
    },
  );

  app.get(
    '/v1/order-groups/:id/tracking',
    {
      schema: {
        tags: ['orders'],
        security,
        summary: 'Follow an order by its tracking link',
        description:
          'With the token of a link, which is for one order group and ends after four months: without ' +
          'address, and the email in part. Without a token it is for the customer.',
        params: Params,
        querystring: Type.Object(
          {
            token: Type.Optional(
              Type.String({
                maxLength: TRACKING_TOKEN_LENGTH_MAX,
                description: 'Of the tracking link.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: TrackingView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { token } = request.query;
      const partition = context.readablePartition('grp', id);
      if (token !== undefined) tokens.verify(id, token);
      const { history } = deps;
      const [group, rows, payment, shipments, changes, moves, caller] = await Promise.all([
        requireGroup(partition, id),
        orders.ofGroup(sql, partition, id),
        payments.findByGroup(sql, partition, id),
        history.shipments.ofGroup(sql, partition, id),
        history.changes.ofGroup(sql, partition, id),
        history.moves.ofGroup(sql, partition, id),
        deps.authenticate(request),
      ]);
      const isOwner = group.customerId !== null && group.customerId === caller?.customerId;
      if (token === undefined && !isOwner) {
        throw new AppError('unauthenticated', {
          field: 'token',
          detail: 'Use the link of the order, or sign in as who bought it.',
        });
      }
      void reply.header('cache-control', 'no-store');
      const past = { group, orders: rows, payment, shipments, changes, moves };
      return viewTracking(past, isOwner) as never;
    },
  );
}
