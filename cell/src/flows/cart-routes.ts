import { languageOf, negotiateLanguage } from '@commerce/contracts/languages';
import type { Minor } from '@commerce/contracts/money';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../http/request-context.ts';
import {
  AddLine,
  Address,
  type Cart,
  CartParams,
  CartQuery,
  type Carts,
  ChangeLine,
  CreateCart,
  LineParams,
  SetEmail,
  SetShippingOptions,
} from '../modules/carts/index.ts';
import { writeOnce } from '../partitions/idempotency.ts';
import type { PartitionWork, UnitOfWork } from '../partitions/unit-of-work.ts';
import { type Principal, requireOwner } from './cart-access.ts';
import { viewCart, viewShippingOptions } from './cart-view.ts';
import { quoteCart, type QuoteSources } from './quote-cart.ts';
import { CartView, ShippingOptionsView } from './schema.ts';

export interface CartRoutesDeps {
  readonly context: RequestContext;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly carts: Carts;
  readonly sources: QuoteSources;
  /** Free units by variant, read over the connection of a unit of work where there is one. */
  readonly availableOf: (
    variantIds: readonly string[],
    reader?: SqlReader,
  ) => Promise<ReadonlyMap<string, number>>;
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | undefined>;
  /** Country of a cart that names none, in a request that tells none. */
  readonly homeCountry: string;
}

const responses = { 200: CartView, '4xx': Problem, '5xx': Problem };
const tags = ['carts'];
/** A guest's cart needs none; one that belongs to a customer, theirs. */
const security = [{ bearer: [] }, {}];

/**
 * Refuses a variant that can't be bought here, before anything is written.
 * @returns the price of a unit
 * @throws AppError `unprocessable` naming `variantId`
 */
async function requireSellable(
  cart: Cart,
  variantId: string,
  sources: QuoteSources,
): Promise<Minor> {
  const [variants, prices] = await Promise.all([
    sources.findVariants([variantId]),
    sources.pricesOf([variantId], cart.market.id, cart.currency),
  ]);
  const variant = variants.get(variantId);
  if (variant === undefined || !variant.vendorActive || variant.productStatus !== 'active') {
    throw new AppError('unprocessable', {
      field: 'variantId',
      detail: 'There is no such variant for sale.',
    });
  }
  const unitPriceMinor = prices.get(variantId);
  if (unitPriceMinor === undefined) {
    throw new AppError('unprocessable', {
      field: 'variantId',
      detail: `This variant has no price in ${cart.currency} in the market "${cart.market.id}".`,
    });
  }
  return unitPriceMinor;
}

/** Adds the routes of carts, up to the shipping options; checking out is a flow of its own. */
export function registerCartRoutes(app: HttpApp, deps: CartRoutesDeps): void {
  const { context, carts, sources, clock } = deps;

  const view = async (cart: Cart, reader?: SqlReader, language?: string) => {
    const variantIds = cart.lines.map((line) => line.variantId);
    const [quoted, available] = await Promise.all([
      quoteCart(cart, sources),
      deps.availableOf(variantIds, reader),
    ]);
    return viewCart(cart, quoted, { available, language });
  };

  /** Runs a change of one cart and answers with the cart as it is then. */
  const change = async (
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    name: string,
    body: (work: PartitionWork, cart: Cart) => Promise<Cart>,
  ) => {
    const { id } = request.params;
    const partition = context.writablePartition('cart', id);
    const caller = await deps.authenticate(request);
    const committed = await writeOnce<Cart>(
      deps.unitOfWork,
      partition,
      name,
      context.idempotencyOf(request),
      clock.now(),
      async (work, found) => {
        requireOwner(found.customerId, caller);
        const adopts = found.customerId === null && caller?.partition === partition;
        const cart = adopts
          ? await carts.adopt(work, found, caller.customerId, clock.now())
          : found;
        const changed = await body(work, cart);
        return { status: 200, body: await view(changed, { query: work.read }) };
      },
      (work) => carts.read(work, id),
    );
    return context.sendAnswer(reply, committed.result, committed.position);
  };

  const findCart = async (request: FastifyRequest<{ Params: { id: string } }>): Promise<Cart> => {
    const partition = context.readablePartition('cart', request.params.id);
    const [cart, caller] = await Promise.all([
      carts.find(partition, request.params.id),
      deps.authenticate(request),
    ]);
    if (cart === undefined) throw new AppError('not-found', { detail: 'There is no such cart.' });
    requireOwner(cart.customerId, caller);
    return cart;
  };

  app.post(
    '/v1/carts',
    {
      schema: {
        tags,
        security,
        summary: 'Start a cart',
        body: CreateCart,
        response: { 201: CartView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request, reply) => {
      const partition = context.partitionForNew(request);
      const caller = await deps.authenticate(request);
      const { body } = request;
      const country = body.country ?? context.countryOf(request) ?? deps.homeCountry;
      const language =
        body.language === undefined
          ? negotiateLanguage(request.headers['accept-language']).tag
          : languageOf(body.language)?.tag;
      if (language === undefined) {
        throw new AppError('invalid-request', {
          field: 'language',
          detail: `The shop does not speak "${body.language ?? ''}".`,
        });
      }
      const committed = await writeOnce(
        deps.unitOfWork,
        partition,
        'carts.create',
        context.idempotencyOf(request),
        clock.now(),
        async (work) => {
          const customerId = caller?.partition === partition ? caller.customerId : null;
          const input = { country, currency: body.currency, language, customerId };
          const cart = await carts.create(work, input, clock.now());
          return { status: 201, body: await view(cart, { query: work.read }) };
        },
      );
      return context.sendAnswer(reply, committed.result, committed.position);
    },
  );

  app.get(
    '/v1/carts/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Read a cart with the prices of now',
        params: CartParams,
        querystring: CartQuery,
        response: responses,
      },
    },
    async (request) => {
      const cart = await findCart(request);
      return (await view(cart, undefined, request.query.language)) as never;
    },
  );

  app.post(
    '/v1/carts/:id/lines',
    {
      schema: {
        tags,
        security,
        summary: 'Put units of a variant into a cart',
        description: 'Units of a variant that the cart has already are added to its line.',
        params: CartParams,
        body: AddLine,
        response: responses,
      },
    },
    async (request, reply) => {
      const { variantId, quantity } = request.body;
      return change(request, reply, 'carts.add-line', async (work, cart) => {
        const unitPriceMinor = await requireSellable(cart, variantId, sources);
        const units = { variantId, quantity, unitPriceMinor };
        return carts.addLine(work, cart, units, clock.now());
      });
    },
  );

  app.patch(
    '/v1/carts/:id/lines/:lineId',
    {
      schema: {
        tags,
        security,
        summary: 'Change the quantity of a line',
        params: LineParams,
        body: ChangeLine,
        response: responses,
      },
    },
    async (request, reply) =>
      change(request, reply, 'carts.change-line', (work, cart) =>
        carts.changeLine(work, cart, request.params.lineId, request.body.quantity),
      ),
  );

  app.delete(
    '/v1/carts/:id/lines/:lineId',
    { schema: { tags, summary: 'Take a line out', params: LineParams, response: responses } },
    async (request, reply) =>
      change(request, reply, 'carts.remove-line', (work, cart) =>
        carts.removeLine(work, cart, request.params.lineId),
      ),
  );

  app.put(
    '/v1/carts/:id/email',
    {
      schema: {
        tags,
        security,
        summary: 'Say where the receipt goes',
        params: CartParams,
        body: SetEmail,
        response: responses,
      },
    },
    async (request, reply) =>
      change(request, reply, 'carts.set-email', (work, cart) =>
        carts.setEmail(work, cart, request.body.email, clock.now()),
      ),
  );

  app.put(
    '/v1/carts/:id/shipping-address',
    {
      schema: {
        tags,
        security,
        summary: 'Say where the parcel goes',
        params: CartParams,
        body: Address,
        response: responses,
      },
    },
    async (request, reply) =>
      change(request, reply, 'carts.set-shipping-address', (work, cart) =>
        carts.setShippingAddress(work, cart, request.body, clock.now()),
      ),
  );

  app.put(
    '/v1/carts/:id/billing-address',
    {
      schema: {
        tags,
        security,
        summary: 'Say where the invoice goes',
        params: CartParams,
        body: Address,
        response: responses,
      },
    },
    async (request, reply) =>
      change(request, reply, 'carts.set-billing-address', (work, cart) =>
        carts.setBillingAddress(work, cart, request.body, clock.now()),
      ),
  );

  app.get(
    '/v1/carts/:id/shipping-options',
    {
      schema: {
        tags,
        security,
        summary: 'How each vendor of a cart can ship',
        params: CartParams,
        querystring: CartQuery,
        response: { 200: ShippingOptionsView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request) => {
      const cart = await findCart(request);
      const quoted = await quoteCart(cart, sources);
      return viewShippingOptions(cart, quoted, request.query.language) as never;
    },
  );

  app.put(
    '/v1/carts/:id/shipping-options',
    {
      schema: {
        tags,
        security,
        summary: 'Choose how vendors ship',
        params: CartParams,
        body: SetShippingOptions,
        response: responses,
      },
    },
    async (request, reply) =>
      change(request, reply, 'carts.set-shipping-options', async (work, cart) => {
        const { rates } = await quoteCart(cart, sources);
        request.body.forEach(({ vendorId, optionId }, index) => {
          if (rates.get(vendorId)?.some((rate) => rate.id === optionId) === true) return;
          const field = rates.has(vendorId) ? 'optionId' : 'vendorId';
          throw new AppError('unprocessable', {
            field: `${index}/${field}`,
            detail: 'The cart has no such shipping option.',
          });
        });
        return carts.setShippingOptions(work, cart, request.body, clock.now());
      }),
  );
}
