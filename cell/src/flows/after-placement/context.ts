import type { Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import type { SagaObserver } from '@commerce/service/saga';
import type { Inventory } from '../../modules/inventory/index.ts';
import type { Shipment, Shipments } from '../../modules/fulfilment/index.ts';
import type { OrderChanges } from '../../modules/order-changes/index.ts';
import type { OrderGroup, OrderRow, Orders } from '../../modules/orders/index.ts';
import type {
  GroupPayment,
  MoneyMove,
  MoneyMoves,
  PaymentGateway,
  Payments,
} from '../../modules/payments/index.ts';
import type { Durability } from '../../partitions/replication/durability.ts';
import type { UnitOfWork } from '../../partitions/unit-of-work.ts';
import { capturesAtOnce } from '../checkout/context.ts';

/** What happens to orders after they were placed works with. */
export interface AfterPlacementDeps {
  readonly sql: Sql;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly log: Logger;
  readonly orders: Orders;
  readonly changes: OrderChanges;
  readonly shipments: Shipments;
  readonly payments: Payments;
  readonly moves: MoneyMoves;
  readonly inventory: Inventory;
  readonly gateways: ReadonlyMap<string, PaymentGateway>;
  readonly durability: Pick<Durability, 'confirm'>;
  /** Told of each step; tests stop it there. */
  readonly observe?: SagaObserver;
}

/** A group that was placed, with all that may be changed about it. */
export interface PlacedGroup {
  readonly group: OrderGroup;
  readonly orders: readonly OrderRow[];
  readonly payment: GroupPayment;
  readonly moves: readonly MoneyMove[];
  readonly shipments: readonly Shipment[];
}

/**
 * Reads a group as it is.
 * @param reader of a unit of work, where something is to be changed
 * @throws AppError `not-found`; `conflict` where it is not placed, or its payment is under way
 */
export async function readPlacedGroup(
  deps: Pick<AfterPlacementDeps, 'orders' | 'payments' | 'moves' | 'shipments'>,
  reader: SqlReader,
  partition: Partition,
  groupId: string,
): Promise<PlacedGroup> {
  const [group, orders, payment, moves, shipments] = await Promise.all([
    deps.orders.findGroup(reader, partition, groupId),
    deps.orders.ofGroup(reader, partition, groupId),
    deps.payments.findByGroup(reader, partition, groupId),
    deps.moves.ofGroup(reader, partition, groupId),
    deps.shipments.ofGroup(reader, partition, groupId),
  ]);
  if (group === undefined || payment === undefined) {
    throw new AppError('not-found', { detail: 'There is no such order group.' });
  }
  // Where the money is taken at once, it must have been: what is under way can't be given back.
  const isPlaced = capturesAtOnce(group) ? group.state === 'paid' : orders.length > 0;
  if (!isPlaced) {
    throw new AppError('conflict', {
      detail: 'This checkout has not come to its end, or came to nothing.',
      extensions: { state: group.state },
    });
  }
  return { group, orders, payment, moves, shipments };
}

/** @throws AppError `not-found` where there is no such order, or it is another vendor's */
export function requireVendorsOrder(order: OrderRow | undefined, vendorId: string): OrderRow {
  if (order?.vendor_id === vendorId) return order;
  throw new AppError('not-found', { detail: 'The vendor has no such order.' });
}

/**
 * One thing at a time: while the money of a parcel is being taken, nobody knows what is left of its order.
 * @throws AppError `conflict`, to be tried again
 */
export function requireNothingUnderWay(
  { shipments }: Pick<PlacedGroup, 'shipments'>,
  orderIds: readonly string[],
): void {
  const waiting = shipments.find(
    ({ orderId, state }) => state === 'capturing' && orderIds.includes(orderId),
  );
  if (waiting === undefined) return;
  throw new AppError('conflict', {
    detail: 'The money of a parcel of this order is being taken: try again in a moment.',
    extensions: { reason: 'shipment-under-way', shipmentId: waiting.id },
    retryAfterS: 2,
  });
}

/** Money that nobody has moved for this long is looked after by the recovery job. */
export const STALLED_MS = 10_000;
/** What could not be brought to its end is looked at again after this long. */
export const RETRY_MS = 15_000;
