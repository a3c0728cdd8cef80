import { randomBytes } from 'node:crypto';
import {
  orderFulfillmentChanged,
  orderPlaced,
  orderStateChanged,
} from '@commerce/contracts/events';
import {
  encodeCrockford,
  newPartitionId,
  type Partition,
  type PartitionId,
} from '@commerce/contracts/ids';
import { type Minor, minorToJson } from '@commerce/contracts/money';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { decodeQuote, encodeQuote, type Quote, type QuoteDocument } from './quote.ts';
import {
  FULFILLMENT_TRANSITIONS,
  type FulfillmentState,
  type GroupState,
  ORDER_TRANSITIONS,
  type OrderState,
} from './state.ts';
import * as store from './store.ts';

/** One checkout: its frozen quote, and how far it is. */
export interface OrderGroup {
  readonly id: PartitionId<'grp'>;
  readonly partition: Partition;
  readonly cartId: PartitionId<'cart'>;
  readonly customerId: string | null;
  readonly state: GroupState;
  readonly market: string;
  readonly currency: string;
  readonly country: string;
  readonly language: string;
  readonly email: string;
  readonly shippingAddress: unknown;
  readonly billingAddress: unknown;
  readonly quote: Quote;
  readonly cancelReason: string | null;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly placedAt: Date | null;
}

export type NewOrderGroup = Omit<
  OrderGroup,
  'id' | 'partition' | 'state' | 'cancelReason' | 'placedAt'
> & { readonly resumeAt: Date };

export interface Orders {
  /** Freezes a quote. The id is made by the caller, as the stock is reserved under it. */
  begin(work: PartitionWork, id: PartitionId<'grp'>, group: NewOrderGroup): Promise<OrderGroup>;
  findGroup(reader: SqlReader, partition: Partition, id: string): Promise<OrderGroup | undefined>;
  /**
   * Writes the orders of a pending group, one for each vendor: the pivot.
   * @param resumeAt when to look after the capture; null where none is due
   * @returns what each order costs; undefined where the group was not pending any more
   */
  place(
    work: PartitionWork,
    group: OrderGroup,
    at: Date,
    resumeAt: Date | null,
  ): Promise<readonly { readonly orderId: string; readonly amountMinor: Minor }[] | undefined>;
  /** Moves units of lines, and the money that they stand for. What is undone is negative. */
  settleLines(work: PartitionWork, lines: readonly SettledLine[]): void;
  /**
   * Moves an order along its tables, and tells of its new state.
   * @throws Error where the tables know no such move
   */
  moveOrder(work: PartitionWork, order: store.OrderRow, to: OrderMove, at: Date): void;
  /** Notes that all of a group's money is there that will ever be taken. Again: nothing happens. */
  markGroupPaid(work: PartitionWork, groupId: string, at: Date): void;
  /** Notes that the money is there. Again: nothing happens. */
  markPaid(work: PartitionWork, group: OrderGroup, at: Date): Promise<void>;
  /** From here on the group can't be placed. @returns false where it was not pending any more */
  startCancel(
    work: PartitionWork,
    groupId: string,
    reason: string,
    at: Date,
    resumeAt: Date,
  ): Promise<boolean>;
  /** Ends a group whose payment has ended. @returns false where that was done before */
  cancel(work: PartitionWork, groupId: string, at: Date): Promise<boolean>;
  find(reader: SqlReader, partition: Partition, id: string): Promise<store.OrderRow | undefined>;
  ofGroup(reader: SqlReader, partition: Partition, groupId: string): Promise<store.OrderRow[]>;
  ofCustomer(
    partition: Partition,
    customerId: string,
    page: { readonly beforeId: string; readonly limit: number },
  ): Promise<store.OrderRow[]>;
  /** Puts the next look at an unfinished group off. */
  postpone(work: PartitionWork, groupId: string, until: Date): Promise<void>;
  /** Unfinished groups that somebody has to look after by now, the longest due first. */
  listDue(
    now: Date,
    limit: number,
  ): Promise<{ partition: Partition; groupId: PartitionId<'grp'> }[]>;
}

/** Units of a line that are shipped or canceled, and what they stand for. */
export interface SettledLine {
  readonly orderId: string;
  readonly lineId: string;
  readonly shipped: number;
  readonly canceled: number;
  readonly amountMinor: Minor;
  readonly taxMinor: Minor;
}

export interface OrderMove {
  readonly state: OrderState;
  readonly fulfillment: FulfillmentState;
}

/** @throws Error where a table knows no such move: a bug, which must not be written down */
function requireMove<State extends string>(
  transitions: Readonly<Record<State, readonly string[]>>,
  from: State,
  to: State,
): void {
  if (from === to || transitions[from].includes(to)) return;
  throw new Error(`an order can't go from ${from} to ${to}`);
}

/** 40 random bits in Crockford's letters, such as `7K3M-9QPD`: short enough to read out. */
function newDisplayNumber(): string {
  const text = encodeCrockford(randomBytes(6)).slice(-8).toUpperCase();
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

function toGroup(partition: Partition, row: store.GroupRow): OrderGroup {
  return {
    id: row.id as PartitionId<'grp'>,
    partition,
    cartId: row.cart_id as PartitionId<'cart'>,
    customerId: row.customer_id,
    state: row.state,
    market: row.market,
    currency: row.currency,
    country: row.country,
    language: row.language,
    email: row.email,
    shippingAddress: row.shipping_address,
    billingAddress: row.billing_address,
    quote: decodeQuote(row.quote),
    cancelReason: row.cancel_reason,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    placedAt: row.placed_at,
  };
}

interface NewOrder {
  readonly id: PartitionId<'ord'>;
  readonly displayNumber: string;
  readonly document: QuoteDocument;
}

function insertOrders(
  work: PartitionWork,
  group: OrderGroup,
  made: readonly NewOrder[],
  at: Date,
): void {
  work.send(store.insertOrders, [
    work.partition,
    group.id,
    group.customerId,
    group.currency,
    made.map(({ id }) => id),
    made.map(({ document }) => document.vendorId),
    made.map(({ document }) => document.vendorName),
    made.map(({ displayNumber }) => displayNumber),
    made.map(({ document }) =>
      JSON.stringify(document.shipping, (_name, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    ),
    made.map(({ document }) => document.itemsMinor),
    made.map(({ document }) => document.shippingMinor),
    made.map(({ document }) => document.taxMinor),
    made.map(({ document }) => document.totalMinor),
    at,
  ]);
}

function insertLines(work: PartitionWork, made: readonly NewOrder[]): void {
  const lines = made.flatMap(({ id, document }) =>
    document.lines.map((line) => ({ ...line, orderId: id })),
  );
  work.send(store.insertLines, [
    work.partition,
    lines.map((line) => line.orderId),
    lines.map(() => newPartitionId('oli', work.partition)),
    lines.map((line) => line.variantId),
    lines.map((line) => line.productId),
    lines.map((line) => line.sku),
    lines.map((line) => line.title),
    lines.map((line) => line.quantity),
    lines.map((line) => line.unitPriceMinor),
    lines.map((line) => line.totalMinor),
    lines.map((line) => line.taxRatePpm),
    lines.map((line) => line.taxDisplay),
    lines.map((line) => line.taxMinor),
  ]);
}

/** What leaves the cell of an order: no name, no address, no email. */
function emitPlaced(work: PartitionWork, group: OrderGroup, order: NewOrder, at: Date): void {
  const { document } = order;
  work.emit(orderPlaced, order.id, {
    orderId: order.id,
    orderGroupId: group.id,
    displayNumber: order.displayNumber,
    vendorId: document.vendorId,
    state: 'placed',
    market: group.market,
    shipToCountry: group.country,
    currency: group.currency,
    itemsMinor: minorToJson(document.itemsMinor),
    shippingMinor: minorToJson(document.shippingMinor),
    taxMinor: minorToJson(document.taxMinor),
    totalMinor: minorToJson(document.totalMinor),
    placedAt: at.toISOString(),
    lines: document.lines.map((line) => ({
      variantId: line.variantId,
      sku: line.sku,
      title: line.title,
      quantity: line.quantity,
      unitPriceMinor: minorToJson(line.unitPriceMinor),
      totalMinor: minorToJson(line.totalMinor),
    })),
  });
}

export function createOrders({ sql }: { readonly sql: Sql }): Orders {
  return {
    async begin(work, id, group) {
      const { quote } = group;
      work.send(store.insertGroup, [
        work.partition,
        id,
        group.cartId,
        group.customerId,
        group.market,
        group.currency,
        group.country,
        group.language,
        group.email,
        JSON.stringify(group.shippingAddress),
        group.billingAddress === null ? null : JSON.stringify(group.billingAddress),
        encodeQuote(quote),
        quote.itemsMinor,
        quote.shippingMinor,
        quote.taxMinor,
        quote.totalMinor,
        group.expiresAt,
        group.resumeAt,
        group.createdAt,
      ]);
      return {
        ...group,
        id,
        partition: work.partition,
        state: 'pending',
        cancelReason: null,
        placedAt: null,
      };
    },

    async findGroup(reader, partition, id) {
      const [row] = await reader.query(store.findGroup, [partition, id]);
      return row === undefined ? undefined : toGroup(partition, row);
    },

    async place(work, group, at, resumeAt) {
      const placed = await work.write(store.placeGroup, [work.partition, group.id, at, resumeAt]);
      if (placed.length === 0) return undefined;
      const made = group.quote.documents.map((document) => ({
        id: newPartitionId('ord', work.partition),
        displayNumber: newDisplayNumber(),
        document,
      }));
      insertOrders(work, group, made, at);
      insertLines(work, made);
      for (const order of made) emitPlaced(work, group, order, at);
      return made.map(({ id, document }) => ({ orderId: id, amountMinor: document.totalMinor }));
    },

    settleLines(work, lines) {
      work.send(store.settleLines, [
        work.partition,
        lines.map((line) => line.orderId),
        lines.map((line) => line.lineId),
        lines.map((line) => line.shipped),
        lines.map((line) => line.canceled),
        lines.map((line) => line.amountMinor),
        lines.map((line) => line.taxMinor),
      ]);
    },

    moveOrder(work, order, to, at) {
      requireMove(ORDER_TRANSITIONS, order.state, to.state);
      requireMove(FULFILLMENT_TRANSITIONS, order.fulfillment, to.fulfillment);
      if (order.state === to.state && order.fulfillment === to.fulfillment) return;
      work.send(store.moveOrder, [work.partition, order.id, to.state, to.fulfillment, at]);
      const about = { orderId: order.id, vendorId: order.vendor_id, at: at.toISOString() };
      if (order.fulfillment !== to.fulfillment) {
        const move = { from: order.fulfillment, to: to.fulfillment };
        work.emit(orderFulfillmentChanged, order.id, { ...about, ...move });
      }
      if (order.state === to.state) return;
      work.emit(orderStateChanged, order.id, { ...about, from: order.state, to: to.state });
    },

    markGroupPaid(work, groupId, at) {
      work.send(store.payGroup, [work.partition, groupId, at]);
    },

    async markPaid(work, group, at) {
      const [, paid] = await Promise.all([
        work.write(store.payGroup, [work.partition, group.id, at]),
        work.write(store.payOrders, [work.partition, group.id, at]),
      ]);
      for (const { id, vendor_id } of paid) {
        work.emit(orderStateChanged, id, {
          orderId: id,
          vendorId: vendor_id,
          from: 'placed',
          to: 'paid',
          at: at.toISOString(),
        });
      }
    },

    async startCancel(work, groupId, reason, at, resumeAt) {
      const moved = await work.write(store.startCancelGroup, [
        work.partition,
        groupId,
        reason,
        at,
        resumeAt,
      ]);
      return moved.length > 0;
    },

    async cancel(work, groupId, at) {
      const moved = await work.write(store.cancelGroup, [work.partition, groupId, at]);
      return moved.length > 0;
    },

    async find(reader, partition, id) {
      const [row] = await reader.query(store.findOrder, [partition, id]);
      return row;
    },

    ofGroup: (reader, partition, groupId) =>
      reader.query(store.findOrdersOfGroup, [partition, groupId]),

    ofCustomer: (partition, customerId, { beforeId, limit }) =>
      sql.query(store.listOrdersOfCustomer, [partition, customerId, beforeId, limit]),

    async postpone(work, groupId, until) {
      await work.write(store.postponeGroup, [work.partition, groupId, until]);
    },

    async listDue(now, limit) {
      const rows = await sql.query(store.listDue, [now, limit]);
      return rows.map((row) => ({
        partition: row.partition as Partition,
        groupId: row.id as PartitionId<'grp'>,
      }));
    },
  };
}
