import { HEADERS } from '@commerce/contracts/headers';
import { AppError, PROBLEM_CONTENT_TYPE, Problem } from '@commerce/contracts/problems';
import { partitionOfId } from '@commerce/contracts/ids';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RequestContext } from '../../http/request-context.ts';
import { CartParams } from '../../modules/carts/index.ts';
import {
  type PaymentGateway,
  type Payments,
  isTerminalAttempt,
} from '../../modules/payments/index.ts';
import { type Principal, requireOwner } from '../cart-access.ts';
import { CheckoutPendingView, OrderGroupView } from '../schema.ts';
import { GROUP_ID_PLACE } from './begin.ts';
import { registerPaymentMethodRoutes } from './payment-method-routes.ts';
import type { CheckoutFlow } from './checkout.ts';

export interface CheckoutRoutesDeps {
  readonly context: RequestContext;
  readonly checkout: CheckoutFlow;
  readonly payments: Payments;
  readonly gateways: ReadonlyMap<string, PaymentGateway>;
  /** Origins of the shop's own pages. */
  readonly shopOrigins: readonly string[];
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | undefined>;
}

const CheckoutBody = Type.Object(
  {
    payment: Type.Object(
      {
        gateway: Type.String({ minLength: 1, maxLength: 40, examples: ['sandbox'] }),
        token: Type.String({ minLength: 1, maxLength: 255, examples: ['tok_visa'] }),
        returnUrl: Type.Optional(
          Type.String({
            maxLength: 1_000,
            pattern: '^https?://[\\x21-\\x7e]+$',
            description:
              'Where the gateway sends the shopper after a challenge: a page of the shop itself. ' +
              '`{orderGroupId}` in it stands for the id of this checkout.',
            examples: ['http://127.0.0.1:8080/en/orders/{orderGroupId}/payment'],
          }),
        ),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

/**
 * Refuses an address outside of the shop: a bank's page must not lead a shopper to somebody else's.
 * @throws AppError `unprocessable` naming the field
 */
function requireOwnPage(returnUrl: string | undefined, shopOrigins: readonly string[]): void {
  if (returnUrl === undefined) return;
  const address = returnUrl.replaceAll(GROUP_ID_PLACE, 'id');
  if (URL.canParse(address) && shopOrigins.includes(new URL(address).origin)) return;
  throw new AppError('unprocessable', {
    field: 'payment/returnUrl',
    detail: `The shop's own pages are at ${shopOrigins.join(', ')}.`,
  });
}

const WEBHOOK_BYTES_MAX = 65_536;

/** Adds checking out, and the gateways' webhooks. */
export function registerCheckoutRoutes(app: HttpApp, deps: CheckoutRoutesDeps): void {
  const { context } = deps;

  app.post(
    '/v1/carts/:id/checkout',
    {
      schema: {
        tags: ['checkout'],
        security: [{ bearer: [] }, {}],
        summary: 'Buy what is in a cart',
        description:
          'Exactly once for each `Idempotency-Key`. 201: the orders are placed. 202: send the ' +
          'shopper to `action.url`. 402: declined, the cart is open again. 409: `problems[]` says why.',
        params: CartParams,
        headers: Type.Object({ [HEADERS.idempotencyKey]: Type.Optional(Type.String()) }),
        body: CheckoutBody,
        response: { 201: OrderGroupView, 202: CheckoutPendingView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request, reply) => {
      const partition = context.writablePartition('cart', request.params.id);
      const key = context.requireIdempotency(request);
      requireOwnPage(request.body.payment.returnUrl, deps.shopOrigins);
      const caller = await deps.authenticate(request);
      const { answer, position, durability } = await deps.checkout.checkOut({
        partition,
        cartId: request.params.id,
        payment: request.body.payment,
        key,
        requireAccess: (cart) => requireOwner(cart.customerId, caller),
      });
      if (durability !== undefined) void reply.header(HEADERS.durability, durability);
      if (answer.status >= 400) void reply.header('content-type', PROBLEM_CONTENT_TYPE);
      return context.sendAnswer(reply, answer, position);
    },
  );

  registerPaymentMethodRoutes(app, deps);
  registerWebhooks(app, deps);
}

/**
 * A webhook arrives at least once, in any order, and may be forged. It only says that it is time to
 * look: what has become of the payment is asked of the gateway itself.
 */
function registerWebhooks(app: HttpApp, deps: CheckoutRoutesDeps): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    // The signature is over the exact bytes.
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: WEBHOOK_BYTES_MAX },
      (_request, body, parsed) => parsed(null, body),
    );
    scope.post(
      '/v1/webhooks/:gateway/:attemptId',
      {
        // What it does is to look at the gateway, which gives the same answer twice.
        config: { isRepeatable: true },
        schema: {
          tags: ['webhooks'],
          summary: 'For payment gateways',
          description: 'The body is what the gateway signs; a wrong signature is refused.',
          response: { 204: Type.Null({ description: 'Taken note of' }) },
          params: Type.Object({
            gateway: Type.String({ maxLength: 40 }),
            attemptId: Type.String({ maxLength: 80 }),
          }),
        },
      },
      async (request, reply) => {
        const { gateway: name, attemptId } = request.params as {
          gateway: string;
          attemptId: string;
        };
        const gateway = deps.gateways.get(name);
        if (gateway === undefined) {
          throw new AppError('not-found', {
            field: 'gateway',
            detail: 'There is no such gateway.',
          });
        }
        const partition = deps.context.writablePartition('att', attemptId);
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const event = gateway.verifyWebhook(request.headers, body);
        if (event?.attemptId !== attemptId || partitionOfId(attemptId) !== partition) {
          throw new AppError('invalid-token', {
            field: 'sandbox-signature',
            detail: 'The signature does not fit this webhook.',
          });
        }
        const attempt = await deps.payments.findAttempt(partition, attemptId);
        if (attempt === undefined) {
          throw new AppError('not-found', { detail: 'There is no such payment attempt.' });
        }
        if (!isTerminalAttempt(attempt.state) && attempt.state !== event.outcome.kind) {
          await deps.checkout.resume(partition, attempt.groupId);
        }
        return reply.code(204).send();
      },
    );
    done();
  });
}
