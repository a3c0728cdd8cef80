import { createHash } from 'node:crypto';
import { HEADERS } from '@commerce/contracts/headers';
import { idPattern } from '@commerce/contracts/ids';
import { AppError, Problem } from '@commerce/contracts/problems';
import {
  CancelPreview,
  CancelPreviewRequest,
  CancelRequest,
  ShipRequest,
  ShipTo,
  VendorChange,
  VendorOrderDetails,
  VendorShipment,
} from '@commerce/contracts/vendor-orders';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Access, UserCaller } from '../../http/access.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import type { CellOrders } from './cell-orders.ts';

interface Deps {
  readonly cellOrders: CellOrders;
  readonly access: Access;
}

const tags = ['orders'];
const security = [{ bearer: [] }];
const params = {
  id: Type.String({ pattern: idPattern('ven') }),
  orderId: Type.String({ pattern: idPattern('ord') }),
};
const Params = Type.Object(params);
const ShipmentParams = Type.Object({
  ...params,
  shipmentId: Type.String({ pattern: idPattern('shi') }),
});
const failures = { '4xx': Problem, '5xx': Problem };

/**
 * The key under which the cell does it once: two users may have chosen the same one.
 * @throws AppError `idempotency-key-missing`
 */
function keyFor(request: FastifyRequest, caller: UserCaller): string {
  const key = readIdempotencyKey(request.headers[HEADERS.idempotencyKey]);
  if (key === undefined) {
    throw new AppError('idempotency-key-missing', { field: HEADERS.idempotencyKey });
  }
  return createHash('sha256').update(`${caller.userId}\n${key}`).digest('base64url');
}

/** Nobody on the way may keep what belongs to a cell. */
function unkept(reply: FastifyReply): void {
  void reply.header('cache-control', 'no-store');
}

/** Has the cell do what a vendor's user may have done, once for each key, and answers as it does. */
async function doOnce(
  { cellOrders, access }: Deps,
  request: FastifyRequest<{ Params: { id: string; orderId: string } }>,
  reply: FastifyReply,
  what: 'shipments' | 'changes',
): Promise<FastifyReply> {
  const { id, orderId } = request.params;
  const caller = await access.requireVendor(request, id, 'write');
  unkept(reply);
  const { status, body } = await cellOrders.ask(orderId, {
    method: 'POST',
    path: `orders/${orderId}/${what}`,
    body: { ...(request.body as object), vendorId: id },
    key: keyFor(request, caller),
  });
  return reply.code(status).send(body);
}

/** Adds sending and canceling for vendors. What is done is done in the cell that has the order. */
export function registerFulfilmentRoutes(app: HttpApp, deps: Deps): void {
  registerReads(app, deps);
  registerShipments(app, deps);
  registerCancellations(app, deps);
}

function registerReads(app: HttpApp, { cellOrders, access }: Deps): void {
  app.get(
    '/v1/vendors/:id/orders/:orderId/fulfilment',
    {
      schema: {
        tags,
        security,
        summary: 'How far an order is: units, parcels, changes',
        description: 'Read in the cell that has the order, at this moment.',
        params: Params,
        response: { 200: VendorOrderDetails, ...failures },
      },
    },
    async (request, reply) => {
      const { id, orderId } = request.params;
      await access.requireVendor(request, id, 'read');
      unkept(reply);
      const path = `orders/${orderId}?vendorId=${id}`;
      return (await cellOrders.ask(orderId, { method: 'GET', path })).body as never;
    },
  );

  app.post(
    '/v1/vendors/:id/orders/:orderId/ship-to',
    {
      schema: {
        tags,
        security,
        summary: 'Where the parcels of an order go',
        description:
          'Read through from the cell that has the order and kept nowhere else. Each look is written down there, ' +
          'with who looked.',
        params: Params,
        response: { 200: ShipTo, ...failures },
      },
    },
    async (request, reply) => {
      const { id, orderId } = request.params;
      const { userId } = await access.requireVendor(request, id, 'write');
      unkept(reply);
      const body = { vendorId: id, userId };
      const path = `orders/${orderId}/ship-to`;
      return (await cellOrders.ask(orderId, { method: 'POST', path, body })).body as never;
    },
  );
}

function registerShipments(app: HttpApp, deps: Deps): void {
  const { cellOrders, access } = deps;
  app.post(
    '/v1/vendors/:id/orders/:orderId/shipments',
    {
      schema: {
        tags,
        security,
        summary: 'Send units of an order',
        description:
          'Once for each `Idempotency-Key`. Where the market takes the money with the parcel, it is taken first; ' +
          'while that is under way the state is `capturing`.',
        params: Params,
        body: ShipRequest,
        response: { 201: VendorShipment, ...failures },
      },
    },
    (request, reply) => doOnce(deps, request, reply, 'shipments') as never,
  );

  app.post(
    '/v1/vendors/:id/orders/:orderId/shipments/:shipmentId/delivered',
    {
      schema: {
        tags,
        security,
        summary: 'Note that a parcel has arrived',
        params: ShipmentParams,
        response: { 200: VendorShipment, ...failures },
      },
    },
    async (request, reply) => {
      const { id, shipmentId } = request.params;
      await access.requireVendor(request, id, 'write');
      unkept(reply);
      const path = `shipments/${shipmentId}/delivered`;
      const body = { vendorId: id };
      return (await cellOrders.ask(shipmentId, { method: 'POST', path, body })).body as never;
    },
  );
}

function registerCancellations(app: HttpApp, deps: Deps): void {
  const { cellOrders, access } = deps;
  app.post(
    '/v1/vendors/:id/orders/:orderId/cancellations/preview',
    {
      schema: {
        tags,
        security,
        summary: 'See what canceling units would give back to the shopper',
        description: 'Nothing happens.',
        params: Params,
        body: CancelPreviewRequest,
        response: { 200: CancelPreview, ...failures },
      },
    },
    async (request, reply) => {
      const { id, orderId } = request.params;
      await access.requireVendor(request, id, 'write');
      unkept(reply);
      const path = `orders/${orderId}/changes/preview`;
      const body = { ...request.body, vendorId: id };
      return (await cellOrders.ask(orderId, { method: 'POST', path, body })).body as never;
    },
  );

  app.post(
    '/v1/vendors/:id/orders/:orderId/cancellations',
    {
      schema: {
        tags,
        security,
        summary: 'Cancel units that can’t be sent',
        description:
          'Once for each `Idempotency-Key`. The shopper gets back what was previewed; 409 where that has changed.',
        params: Params,
        body: CancelRequest,
        response: { 201: VendorChange, ...failures },
      },
    },
    (request, reply) => doOnce(deps, request, reply, 'changes') as never,
  );
}
