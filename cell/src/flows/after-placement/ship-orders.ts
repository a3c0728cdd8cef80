import type { Partition } from '@commerce/contracts/ids';
import { minor, ZERO } from '@commerce/contracts/money';
import type { Position } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
import type { Job } from '@commerce/service/jobs';
import { defineSaga, type Saga, type StepOutcome } from '@commerce/service/saga';
import { type Shipment, viewShipment } from '../../modules/fulfilment/index.ts';
import type { OrderRow, SettledLine } from '../../modules/orders/index.ts';
import {
  findIdempotencyRecord,
  type IdempotencyKey,
  keptAnswer,
  recordIdempotency,
} from '../../partitions/idempotency.ts';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { capturesAtOnce } from '../checkout/context.ts';
import { answerRecorded, type ChangedAnswer, createCarrier } from './carry-on.ts';
import type { UnitsRequest } from './choose-units.ts';
import {
  type AfterPlacementDeps,
  type PlacedGroup,
  readPlacedGroup,
  requireNothingUnderWay,
  requireVendorsOrder,
  STALLED_MS,
} from './context.ts';
import { moveAll, type MovingMoney } from './move-money.ts';
import { fulfillmentOf, linesAfter, planShipment } from './shipment-plan.ts';

/**
 * Sending parcels. Where the market takes the money at once, a parcel leaves in one transaction. Where
 * it takes it with the parcel:
 *
 *   record          the units are set aside for the parcel   ⇄  they are where they were
 *   take-money      at the gateway, under the movement's id
 *   send            the money is booked, the units leave the stock, the parcel leaves   (pivot)
 *
 * A gateway that will not give the money ends the shipment before the parcel is handed over.
 */
export interface ShipFlow {
  /**
   * Sends units of an order, once for each key.
   * @param vendorId whose order it must be
   * @throws AppError `not-found`, `conflict`, `unprocessable` naming the field
   */
  ship(
    partition: Partition,
    orderId: string,
    request: UnitsRequest & {
      readonly vendorId: string;
      readonly carrier?: string | undefined;
      readonly trackingNumber?: string | undefined;
    },
    key: IdempotencyKey,
  ): Promise<ChangedAnswer>;
  /** Notes that a parcel has arrived. Again: nothing happens. @throws AppError `not-found`, `conflict` */
  deliver(
    partition: Partition,
    shipmentId: string,
    vendorId: string,
  ): Promise<{ readonly shipment: Shipment; readonly position: Position | undefined }>;
  /** The job that takes the money of shipments that nobody carries on. */
  readonly recovery: Job;
}

/** The order among those of its group. */
const orderOf = (orders: readonly OrderRow[], orderId: string): OrderRow | undefined =>
  orders.find(({ id }) => id === orderId);

function settledBy(shipment: Pick<Shipment, 'orderId' | 'lines'>, sign: 1 | -1): SettledLine[] {
  return shipment.lines.map((line) => ({
    orderId: shipment.orderId,
    lineId: line.lineId,
    shipped: sign * line.quantity,
    canceled: 0,
    amountMinor: minor(sign * line.amountMinor),
    taxMinor: minor(sign * line.taxMinor),
  }));
}

/** What happens to rows when a parcel leaves; its units are counted in the order's lines by then. */
async function leave(
  deps: AfterPlacementDeps,
  work: PartitionWork,
  placed: Pick<PlacedGroup, 'group'>,
  shipped: { readonly order: OrderRow; readonly shipment: Pick<Shipment, 'lines'> },
  at: Date,
): Promise<void> {
  const { order, shipment } = shipped;
  const committed = await deps.inventory.findCommitted(work, placed.group.id);
  const fulfillment = fulfillmentOf(order.lines);
  // Nothing is left that could be taken: what was taken is all that the order costs.
  const isPaid = order.state === 'placed' && fulfillment === 'shipped';
  deps.orders.moveOrder(work, order, { state: isPaid ? 'paid' : order.state, fulfillment }, at);
  await deps.inventory.ship(work, placed.group.id, committed, shipment.lines, at);
}

/** A shipment whose money is taken. */
interface Shipping extends MovingMoney {
  shipment: Shipment;
  position?: Position;
}

async function write(
  deps: AfterPlacementDeps,
  shipping: Shipping,
  name: string,
  body: (work: PartitionWork, placed: PlacedGroup, shipment: Shipment) => Promise<Shipment>,
): Promise<void> {
  const { partition, groupId } = shipping;
  const { result, position } = await deps.unitOfWork.run(partition, name, async (work) => {
    const reader = { query: work.read };
    const [placed, fresh] = await Promise.all([
      readPlacedGroup(deps, reader, partition, groupId),
      deps.shipments.find(reader, partition, shipping.shipment.id),
    ]);
    if (fresh === undefined) throw new Error(`the shipment ${shipping.shipment.id} has vanished`);
    return fresh.state === 'capturing' ? body(work, placed, fresh) : fresh;
  });
  shipping.shipment = result;
  if (position !== undefined) shipping.position = position;
}

function requireMove(placed: PlacedGroup, shipment: Shipment) {
  const move = placed.moves.find((entry) => entry.cause === shipment.id);
  if (move === undefined) throw new Error(`the shipment ${shipment.id} has no movement of money`);
  return move;
}

async function send(deps: AfterPlacementDeps, shipping: Shipping): Promise<void> {
  await write(deps, shipping, 'shipment.send', async (work, placed, shipment) => {
    const at = deps.clock.now();
    const { payment } = placed;
    const move = requireMove(placed, shipment);
    await deps.moves.end(work, payment, move, { state: 'done', reason: null }, at);
    await deps.shipments.send(work, shipment.id, at);
    const order = orderOf(placed.orders, shipment.orderId);
    if (order === undefined) throw new Error(`the order ${shipment.orderId} has vanished`);
    await leave(deps, work, placed, { order, shipment }, at);
    const takenMinor = payment.capturedMinor + payment.releasedMinor + move.amountMinor;
    if (takenMinor === payment.amountMinor) deps.orders.markGroupPaid(work, placed.group.id, at);
    return { ...shipment, state: 'shipped', shippedAt: at };
  });
}

async function takeBack(
  deps: AfterPlacementDeps,
  shipping: Shipping,
  reason: string,
): Promise<void> {
  await write(deps, shipping, 'shipment.refuse', async (work, placed, shipment) => {
    const at = deps.clock.now();
    const move = requireMove(placed, shipment);
    await deps.moves.end(work, placed.payment, move, { state: 'refused', reason }, at);
    await deps.shipments.refuse(work, shipment.id);
    deps.orders.settleLines(work, settledBy(shipment, -1));
    return { ...shipment, state: 'refused' };
  });
}

function defineShipment(deps: AfterPlacementDeps): Saga<Shipping> {
  const done: StepOutcome = { kind: 'done' };
  return defineSaga<Shipping>({
    name: 'shipment',
    pivot: 'send',
    steps: [
      {
        name: 'record',
        run: ({ shipment }) =>
          Promise.resolve(
            shipment.state === 'refused' ? { kind: 'refused', reason: 'refused before' } : done,
          ),
        async undo(shipping, reason) {
          if (shipping.shipment.state === 'capturing') await takeBack(deps, shipping, reason);
          return done;
        },
      },
      {
        name: 'take-money',
        async run(shipping) {
          if (shipping.shipment.state !== 'capturing') return done;
          const outcome = await moveAll(deps, shipping);
          if (outcome.kind !== 'done') return outcome;
          const [said] = shipping.said.values();
          return said?.kind === 'refused' ? { kind: 'refused', reason: said.reason } : done;
        },
        // What was refused has moved nothing.
        undo: () => Promise.resolve(done),
      },
      {
        name: 'send',
        async run(shipping) {
          if (shipping.shipment.state === 'capturing') await send(deps, shipping);
          return done;
        },
      },
    ],
  });
}

/** Sets a parcel's units aside, and sends it at once where its money is there. */
async function recordShipment(
  deps: AfterPlacementDeps,
  work: PartitionWork,
  placed: PlacedGroup,
  order: OrderRow,
  request: Parameters<ShipFlow['ship']>[2],
): Promise<Shipment> {
  requireNothingUnderWay(placed, [order.id]);
  const planned = planShipment(order, request);
  const { group, payment } = placed;
  const at = deps.clock.now();
  const amountMinor = capturesAtOnce(group) ? ZERO : planned.payableMinor;
  const waits = amountMinor > 0n;
  const shipment = deps.shipments.record(
    work,
    {
      groupId: group.id,
      orderId: order.id,
      carrier: request.carrier ?? null,
      trackingNumber: request.trackingNumber ?? null,
      lines: planned.lines,
      amountMinor,
    },
    { at, resumeAt: waits ? new Date(at.getTime() + STALLED_MS) : null },
  );
  deps.orders.settleLines(work, settledBy(shipment, 1));
  if (waits) {
    const move = { groupId: group.id, cause: shipment.id, kind: 'capture' as const, amountMinor };
    deps.moves.begin(work, payment, move, at);
  } else {
    const lines = linesAfter(order.lines, planned.lines);
    await leave(deps, work, placed, { order: { ...order, lines }, shipment }, at);
  }
  return shipment;
}

/** Makes the flow of shipments. */
export function createShipFlow(deps: AfterPlacementDeps): ShipFlow {
  const { advance, recovery } = createCarrier<Shipment, Shipping>(deps, {
    name: 'shipment',
    saga: defineShipment(deps),
    records: deps.shipments,
    begin: (moving, shipment) => ({ ...moving, shipment }),
  });

  return {
    async ship(partition, orderId, request, key) {
      const begun = await deps.unitOfWork.run(partition, 'shipment.record', async (work) => {
        const reader = { query: work.read };
        const [known, owner] = await Promise.all([
          findIdempotencyRecord(work, key),
          deps.orders.find(reader, partition, orderId),
        ]);
        const { order_group_id: groupId } = requireVendorsOrder(owner, request.vendorId);
        const kept = known === undefined ? undefined : keptAnswer(known);
        if (kept !== undefined) return { kept };
        const placed = await readPlacedGroup(deps, reader, partition, groupId);
        const order = requireVendorsOrder(orderOf(placed.orders, orderId), request.vendorId);
        const shipment = await recordShipment(deps, work, placed, order, request);
        const answer = { status: 201, body: viewShipment(shipment) };
        recordIdempotency(work, key, { answer, at: shipment.createdAt });
        return { item: shipment, answer };
      });
      return answerRecorded(deps, partition, begun, async (shipment) =>
        shipment.state === 'capturing' ? advance(partition, shipment) : {},
      );
    },

    async deliver(partition, shipmentId, vendorId) {
      const { result, position } = await deps.unitOfWork.run(
        partition,
        'shipment.deliver',
        async (work) => {
          const reader = { query: work.read };
          const shipment = await deps.shipments.find(reader, partition, shipmentId);
          const group =
            shipment === undefined
              ? undefined
              : await readPlacedGroup(deps, reader, partition, shipment.groupId);
          const order = requireVendorsOrder(
            orderOf(group?.orders ?? [], shipment?.orderId ?? ''),
            vendorId,
          );
          if (shipment === undefined) throw new AppError('not-found');
          if (shipment.state === 'delivered') return shipment;
          const at = deps.clock.now();
          if (!(await deps.shipments.deliver(work, shipmentId, at))) {
            throw new AppError('conflict', { detail: `The shipment is ${shipment.state}.` });
          }
          const others = (group?.shipments ?? []).filter(
            ({ id, orderId, state }) =>
              id !== shipmentId && orderId === order.id && state !== 'refused',
          );
          const isAll = others.every(({ state }) => state === 'delivered');
          if (isAll && order.fulfillment === 'shipped') {
            const to = { state: order.state, fulfillment: 'delivered' as const };
            deps.orders.moveOrder(work, order, to, at);
          }
          return { ...shipment, state: 'delivered' as const, deliveredAt: at };
        },
      );
      return { shipment: result, position };
    },

    recovery,
  };
}
