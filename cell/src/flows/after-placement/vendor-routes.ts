import { HEADERS } from '@commerce/contracts/headers';
import type { CellId } from '@commerce/contracts/ids';
import { AppError, Problem } from '@commerce/contracts/problems';
import {
  CancelBody,
  CancelPreview,
  CancelPreviewBody,
  DeliverBody,
  ShipBody,
  ShipTo,
  ShipToBody,
  VendorChange,
  VendorOrderDetails,
  VendorShipment,
} from '@commerce/contracts/vendor-orders';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RequestContext } from '../../http/request-context.ts';
import { viewShipment } from '../../modules/fulfilment/index.ts';
import type { Changer, ChangeFlow } from './change-orders.ts';
import { requireVendorsOrder } from './context.ts';
import type { ShipFlow } from './ship-orders.ts';
import type { VendorReads } from './vendor-reads.ts';

export interface VendorRoutesDeps {
  readonly context: RequestContext;
  readonly cell: CellId;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
  readonly changes: ChangeFlow;
  readonly shipping: ShipFlow;
  readonly reads: VendorReads;
}

/** The one service that speaks for vendors, having checked who asks. */
const SPEAKER = 'control-plane';

const Params = Type.Object({ id: Type.String({ maxLength: 80, description: 'Of the order.' }) });
const Query = Type.Object(
  { vendorId: Type.String({ maxLength: 80, description: 'Whose order it is.' }) },
  { additionalProperties: false },
);
const tags = ['internal'];
const failures = { '4xx': Problem, '5xx': Problem };
const keyHeader = Type.Object({
  [HEADERS.idempotencyKey]: Type.Optional(
    Type.String({ description: 'Needed: a repetition with the same key is answered as before.' }),
  ),
});

/** Adds what a vendor does with its orders. The control plane asks, on behalf of a vendor's user. */
export function registerVendorOrderRoutes(app: HttpApp, deps: VendorRoutesDeps): void {
  const { context, cell, clock } = deps;

  const requireSpeaker = (request: FastifyRequest): void => {
    const { authorization } = request.headers;
    const caller = verifyServiceCall(deps.serviceKey, authorization, { audience: cell, clock });
    if (caller !== SPEAKER) {
      throw new AppError('forbidden', { detail: `${caller} does not speak for vendors.` });
    }
  };

  app.get(
    '/internal/v1/orders/:id',
    {
      schema: {
        tags,
        summary: 'How far an order of a vendor is: units, parcels, changes',
        params: Params,
        querystring: Query,
        response: { 200: VendorOrderDetails, ...failures },
      },
    },
    async (request) => {
      requireSpeaker(request);
      const { id } = request.params;
      // A copy may be behind: what is to be shipped is asked of the primary alone.
      const partition = context.writablePartition('ord', id);
      return (await deps.reads.details(partition, id, request.query.vendorId)) as never;
    },
  );

  app.post(
    '/internal/v1/orders/:id/ship-to',
    {
      config: { isRepeatable: true },
      schema: {
        tags,
        summary: 'Where the parcels of an order go; noted as a transfer',
        params: Params,
        body: ShipToBody,
        response: { 200: ShipTo, ...failures },
      },
    },
    async (request) => {
      requireSpeaker(request);
      const { id } = request.params;
      const partition = context.writablePartition('ord', id);
      return (await deps.reads.shipTo(partition, id, request.body)) as never;
    },
  );

  app.post(
    '/internal/v1/orders/:id/shipments',
    {
      schema: {
        tags,
        summary: 'Send units of an order',
        params: Params,
        headers: keyHeader,
        body: ShipBody,
        response: { 201: VendorShipment, ...failures },
      },
    },
    async (request, reply) => {
      requireSpeaker(request);
      const { id } = request.params;
      const partition = context.writablePartition('ord', id);
      const shipped = await deps.shipping.ship(
        partition,
        id,
        request.body,
        context.requireIdempotency(request),
      );
      return context.sendAnswer(reply, shipped.answer, shipped.position);
    },
  );

  app.post(
    '/internal/v1/shipments/:id/delivered',
    {
      config: { isRepeatable: true },
      schema: {
        tags,
        summary: 'Note that a parcel has arrived',
        params: Params,
        body: DeliverBody,
        response: { 200: VendorShipment, ...failures },
      },
    },
    async (request) => {
      requireSpeaker(request);
      const { id } = request.params;
      const partition = context.writablePartition('shi', id);
      const { shipment } = await deps.shipping.deliver(partition, id, request.body.vendorId);
      return viewShipment(shipment) as never;
    },
  );

  registerVendorChanges(app, deps, requireSpeaker);
}

function registerVendorChanges(
  app: HttpApp,
  { context, changes, reads }: VendorRoutesDeps,
  requireSpeaker: (request: FastifyRequest) => void,
): void {
  /** A vendor changes its own order only; `orderId` keeps the request to it. */
  const vendorOf = (orderId: string, vendorId: string): Changer => ({
    origin: 'vendor',
    requireAccess({ orders }) {
      requireVendorsOrder(
        orders.find(({ id }) => id === orderId),
        vendorId,
      );
    },
  });

  app.post(
    '/internal/v1/orders/:id/changes/preview',
    {
      config: { isRepeatable: true },
      schema: {
        tags,
        summary: 'See what canceling units of a vendor’s order would do to its money',
        params: Params,
        body: CancelPreviewBody,
        response: { 200: CancelPreview, ...failures },
      },
    },
    async (request) => {
      requireSpeaker(request);
      const { id } = request.params;
      const partition = context.writablePartition('ord', id);
      const { vendorId, ...wanted } = request.body;
      const groupId = await reads.groupOf(partition, id, vendorId);
      const what = { ...wanted, orderId: id };
      return (await changes.preview(partition, groupId, what, vendorOf(id, vendorId))) as never;
    },
  );

  app.post(
    '/internal/v1/orders/:id/changes',
    {
      schema: {
        tags,
        summary: 'Cancel units of a vendor’s order',
        params: Params,
        headers: keyHeader,
        body: CancelBody,
        response: { 201: VendorChange, ...failures },
      },
    },
    async (request, reply) => {
      requireSpeaker(request);
      const { id } = request.params;
      const partition = context.writablePartition('ord', id);
      const { vendorId, ...wanted } = request.body;
      const groupId = await reads.groupOf(partition, id, vendorId);
      const changed = await changes.confirm(
        partition,
        groupId,
        { ...wanted, orderId: id },
        vendorOf(id, vendorId),
        context.requireIdempotency(request),
      );
      return context.sendAnswer(reply, changed.answer, changed.position);
    },
  );
}
