import { HEADERS } from '@commerce/contracts/headers';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RequestContext } from '../../http/request-context.ts';
import { type Principal, requireOwner } from '../cart-access.ts';
import type { TrackingTokens } from '../tracking/tracking-tokens.ts';
import type { Changer, ChangeFlow } from './change-orders.ts';
import { ChangePreviewView, ConfirmBody, OrderChangeView, PreviewBody } from './schema.ts';

export interface ChangeRoutesDeps {
  readonly context: RequestContext;
  readonly changes: ChangeFlow;
  readonly tokens: TrackingTokens;
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | undefined>;
}

const Params = Type.Object({
  id: Type.String({ maxLength: 80, description: 'Of the order group.' }),
});
const security = [{ bearer: [] }, {}];
const tags = ['orders'];

/** Adds changing placed orders, for those who bought. */
export function registerChangeRoutes(app: HttpApp, deps: ChangeRoutesDeps): void {
  const { context, changes, tokens } = deps;

  /** A customer's order is the customer's to change; a guest's, of who has its link. */
  const shopperOf = async (
    request: FastifyRequest,
    groupId: string,
    token: string | undefined,
  ): Promise<Changer> => {
    if (token !== undefined) tokens.verify(groupId, token);
    const caller = await deps.authenticate(request);
    return {
      origin: 'shopper',
      requireAccess({ group }) {
        requireOwner(group.customerId, caller);
        if (group.customerId !== null || token !== undefined) return;
        throw new AppError('unauthenticated', {
          field: 'token',
          detail: 'Send the token of the order’s tracking link.',
        });
      },
    };
  };

  app.post(
    '/v1/order-groups/:id/changes/preview',
    {
      config: { isRepeatable: true },
      schema: {
        tags,
        security,
        summary: 'See what a change of an order would do to its money',
        description: 'Nothing happens. What was shipped can’t be canceled.',
        params: Params,
        body: PreviewBody,
        response: { 200: ChangePreviewView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request) => {
      const { id } = request.params;
      const partition = context.readablePartition('grp', id);
      const { token, ...wanted } = request.body;
      const changer = await shopperOf(request, id, token);
      return (await changes.preview(partition, id, wanted, changer)) as never;
    },
  );

  app.post(
    '/v1/order-groups/:id/changes',
    {
      schema: {
        tags,
        security,
        summary: 'Cancel units, a vendor’s order, or all of a checkout',
        description:
          'Once for each `Idempotency-Key`. Units go back on sale at once; the money follows, to where it ' +
          'was taken from. 409 where it is not the money of the preview: `preview` then has the new one.',
        params: Params,
        headers: Type.Object({ [HEADERS.idempotencyKey]: Type.Optional(Type.String()) }),
        body: ConfirmBody,
        response: { 201: OrderChangeView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const partition = context.writablePartition('grp', id);
      const key = context.requireIdempotency(request);
      const { token, ...wanted } = request.body;
      const changer = await shopperOf(request, id, token);
      const changed = await changes.confirm(partition, id, wanted, changer, key);
      if (changed.durability !== undefined) {
        void reply.header(HEADERS.durability, changed.durability);
      }
      return context.sendAnswer(reply, changed.answer, changed.position);
    },
  );
}
