import type { Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { SqlReader } from '@commerce/engines/sql/sql';
import { viewShipment } from '../../modules/fulfilment/index.ts';
import { viewChange } from '../../modules/order-changes/index.ts';
import type { OrderRow } from '../../modules/orders/index.ts';
import type { Transfers } from '../../modules/transfers/index.ts';
import { type AfterPlacementDeps, requireVendorsOrder } from './context.ts';

/** What a vendor sees of one of its orders; everything of another vendor's is left out. */
export interface VendorReads {
  /** @throws AppError `not-found` where the order is not this vendor's */
  details(
    partition: Partition,
    orderId: string,
    vendorId: string,
  ): Promise<Readonly<Record<string, unknown>>>;
  /**
   * The address that parcels go to, once the transfer is written down.
   * @throws AppError `not-found`; `conflict` where nothing is to be sent any more
   */
  shipTo(
    partition: Partition,
    orderId: string,
    reader: { readonly vendorId: string; readonly userId: string },
  ): Promise<Readonly<Record<string, unknown>>>;
  /** @throws AppError as `details` */
  groupOf(partition: Partition, orderId: string, vendorId: string): Promise<string>;
}

/** A vendor's order with its parcels and changes. */
async function readDetails(
  deps: AfterPlacementDeps,
  partition: Partition,
  order: OrderRow,
): Promise<Readonly<Record<string, unknown>>> {
  const [shipments, changes] = await Promise.all([
    deps.shipments.ofGroup(deps.sql, partition, order.order_group_id),
    deps.changes.ofGroup(deps.sql, partition, order.order_group_id),
  ]);
  return {
    orderId: order.id,
    state: order.state,
    fulfillment: order.fulfillment,
    currency: order.currency,
    placedAt: order.placed_at.toISOString(),
    paidAt: order.paid_at?.toISOString() ?? null,
    lines: order.lines.map((line) => ({
      id: line.id,
      variantId: line.variantId,
      sku: line.sku,
      title: line.title,
      quantity: line.quantity,
      shippedQuantity: line.shippedQuantity,
      canceledQuantity: line.canceledQuantity,
      unitPriceMinor: line.unitPriceMinor,
      totalMinor: line.totalMinor,
    })),
    shipments: shipments.filter(({ orderId }) => orderId === order.id).map(viewShipment),
    changes: changes.flatMap((change) => {
      const own = change.orders.filter(({ orderId }) => orderId === order.id);
      if (own.length === 0) return [];
      // The whole's money is other vendors' business; what is one's own follows from the lines.
      const { id, origin, reason, state, createdAt } = viewChange(change);
      const amountMinor = own
        .flatMap((part) => [part.shippingMinor, ...part.lines.map((line) => line.amountMinor)])
        .reduce((sum, amount) => sum + amount, 0);
      return [
        {
          id,
          origin,
          reason,
          state,
          createdAt,
          amountMinor,
          lines: own.flatMap((part) =>
            part.lines.map(({ lineId, title, quantity }) => ({ lineId, title, quantity })),
          ),
        },
      ];
    }),
  };
}

export function createVendorReads(
  deps: AfterPlacementDeps & { readonly transfers: Transfers },
): VendorReads {
  const requireOwn = async (
    reader: SqlReader,
    partition: Partition,
    orderId: string,
    vendorId: string,
  ): Promise<OrderRow> =>
    requireVendorsOrder(await deps.orders.find(reader, partition, orderId), vendorId);

  return {
    async details(partition, orderId, vendorId) {
      const order = await requireOwn(deps.sql, partition, orderId, vendorId);
      return readDetails(deps, partition, order);
    },

    async shipTo(partition, orderId, { vendorId, userId }) {
      const { result } = await deps.unitOfWork.run(
        partition,
        'order.show-address',
        async (work) => {
          const reader = { query: work.read };
          const order = await requireOwn(reader, partition, orderId, vendorId);
          const isDone = order.state === 'canceled' || order.fulfillment === 'delivered';
          const group = await deps.orders.findGroup(reader, partition, order.order_group_id);
          if (isDone || group === undefined) {
            throw new AppError('conflict', {
              detail: 'Nothing of this order is to be sent any more, so nobody needs its address.',
            });
          }
          const address = group.shippingAddress as Readonly<Record<string, unknown>>;
          const entry = { subject: orderId, recipient: vendorId, recipientUser: userId };
          const fields = Object.keys(address).toSorted();
          deps.transfers.record(work, { ...entry, fields, basis: 'contract' }, deps.clock.now());
          return address;
        },
      );
      return { address: result };
    },

    async groupOf(partition, orderId, vendorId) {
      return (await requireOwn(deps.sql, partition, orderId, vendorId)).order_group_id;
    },
  };
}
