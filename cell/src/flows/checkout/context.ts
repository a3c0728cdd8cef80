import type { Partition, PartitionId } from '@commerce/contracts/ids';
import { market } from '@commerce/contracts/markets';
import type { Position } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import type { Carts } from '../../modules/carts/index.ts';
import type { Inventory } from '../../modules/inventory/index.ts';
import type { OrderGroup, Orders } from '../../modules/orders/index.ts';
import type { GroupPayment, PaymentGateway, Payments } from '../../modules/payments/index.ts';
import type { Answer } from '../../partitions/idempotency.ts';
import type { Durability } from '../../partitions/replication/durability.ts';
import type { PartitionWork, UnitOfWork } from '../../partitions/unit-of-work.ts';
import type { QuoteSources } from '../quote-cart.ts';

/** What the checkout works with. */
export interface CheckoutDeps {
  readonly sql: Sql;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly log: Logger;
  readonly carts: Carts;
  readonly orders: Orders;
  readonly payments: Payments;
  readonly inventory: Inventory;
  readonly sources: QuoteSources;
  readonly gateways: ReadonlyMap<string, PaymentGateway>;
  readonly durability: Pick<Durability, 'confirm'>;
}

/** One checkout as a saga sees it: how far its group and its payment were when last read. */
export interface Checkout {
  readonly partition: Partition;
  readonly groupId: PartitionId<'grp'>;
  group: OrderGroup;
  payment: GroupPayment;
  /** The gateway's id of the payment, once it said that the money is held. */
  authorizedAs?: string;
  /** Of its last committed write by this process. */
  position?: Position;
  /** Set by the step that gave the waiting keys their answer. */
  answer?: Answer;
}

/**
 * How long a checkout may hold its units: long enough for a 3-D Secure challenge, short enough for
 * the next shopper.
 */
export const HOLD_MS = 15 * 60_000;

/** Reads a checkout as it is now; undefined where there is none. */
export async function loadCheckout(
  deps: Pick<CheckoutDeps, 'sql' | 'orders' | 'payments'>,
  partition: Partition,
  groupId: string,
): Promise<Checkout | undefined> {
  const [group, payment] = await Promise.all([
    deps.orders.findGroup(deps.sql, partition, groupId),
    deps.payments.findByGroup(deps.sql, partition, groupId),
  ]);
  if (group === undefined || payment === undefined) return undefined;
  return { partition, groupId: group.id, group, payment };
}

/**
 * The gateway of a name.
 * @throws AppError `invalid-request` naming the field
 */
export function requireGateway(deps: Pick<CheckoutDeps, 'gateways'>, name: string): PaymentGateway {
  const gateway = deps.gateways.get(name);
  if (gateway === undefined) {
    throw new AppError('invalid-request', {
      field: 'payment/gateway',
      detail: `There is no gateway "${name}"; there is ${[...deps.gateways.keys()].join(', ')}.`,
    });
  }
  return gateway;
}

/** Whether the market takes the money at once, and not when the parcel leaves. */
export function capturesAtOnce(group: OrderGroup): boolean {
  return market(group.market)?.capture === 'immediate';
}

/** A checkout that nobody has moved for this long is taken up by the recovery job. */
const STALLED_MS = 10_000;

/** When the recovery job shall look after a checkout that was touched just now. */
export function resumeTime(at: Date): Date {
  return new Date(at.getTime() + STALLED_MS);
}

/** Runs a unit of work on a checkout's partition, and keeps the position that it reached. */
export async function writeCheckout<Result>(
  deps: Pick<CheckoutDeps, 'unitOfWork'>,
  checkout: Checkout,
  name: string,
  body: (work: PartitionWork) => Promise<Result>,
): Promise<Result> {
  const { result, position } = await deps.unitOfWork.run(checkout.partition, name, body);
  if (position !== undefined) checkout.position = position;
  return result;
}
