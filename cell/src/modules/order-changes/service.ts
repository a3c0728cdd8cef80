import { newPartitionId, type Partition, type PartitionId } from '@commerce/contracts/ids';
import { type Minor, minor, minorToJson } from '@commerce/contracts/money';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import type { ChangeState } from './state.ts';
import * as store from './store.ts';

/** Units of one line that a change takes off, and what they cost. */
export interface ChangedLine {
  readonly lineId: string;
  readonly variantId: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  /** With its tax, as the shopper paid or would have paid it. */
  readonly amountMinor: number;
  readonly taxMinor: number;
}

/** What a change does to one vendor's order. */
export interface ChangedOrder {
  readonly orderId: string;
  readonly vendorId: string;
  readonly lines: readonly ChangedLine[];
  /** Shipping that falls away with the last unit of an order of which nothing was sent; with its tax. */
  readonly shippingMinor: number;
}

/** A change of placed orders. */
export interface OrderChange {
  readonly id: PartitionId<'chg'>;
  readonly groupId: PartitionId<'grp'>;
  readonly kind: 'cancel';
  readonly origin: 'shopper' | 'vendor';
  readonly reason: string;
  readonly state: ChangeState;
  readonly currency: string;
  readonly orders: readonly ChangedOrder[];
  /** Goes back to where it was taken from. */
  readonly refundMinor: Minor;
  /** Was held, and is not taken. */
  readonly releaseMinor: Minor;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewOrderChange = Omit<OrderChange, 'id' | 'state' | 'createdAt' | 'updatedAt'>;

export interface OrderChanges {
  /** @param resumeAt when to look after its money; null where it moves none */
  record(
    work: PartitionWork,
    change: NewOrderChange,
    times: { readonly at: Date; readonly resumeAt: Date | null },
  ): OrderChange;
  find(reader: SqlReader, partition: Partition, id: string): Promise<OrderChange | undefined>;
  /** All of a group, the oldest first. */
  ofGroup(reader: SqlReader, partition: Partition, groupId: string): Promise<OrderChange[]>;
  /** Its money has moved, or will not. @returns false where that was noted before */
  end(work: PartitionWork, id: string, state: 'done' | 'refused', at: Date): Promise<boolean>;
  /** Puts the next look at its money off. */
  postpone(work: PartitionWork, id: string, until: Date): void;
  /** Changes that somebody has to look after by now, the longest due first. */
  listDue(now: Date, limit: number): Promise<{ partition: Partition; id: string }[]>;
}

function toChange(row: store.ChangeRow): OrderChange {
  return {
    id: row.id as PartitionId<'chg'>,
    groupId: row.order_group_id as PartitionId<'grp'>,
    kind: row.kind,
    origin: row.origin,
    reason: row.reason,
    state: row.state,
    currency: row.currency,
    orders: row.items as readonly ChangedOrder[],
    refundMinor: minor(row.refund_minor),
    releaseMinor: minor(row.release_minor),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function createOrderChanges({ sql }: { readonly sql: Sql }): OrderChanges {
  return {
    record(work, change, { at, resumeAt }) {
      const id = newPartitionId('chg', work.partition);
      const state = resumeAt === null ? 'done' : 'open';
      work.send(store.insertChange, [
        work.partition,
        id,
        change.groupId,
        change.kind,
        change.origin,
        change.reason,
        state,
        change.currency,
        JSON.stringify(change.orders),
        change.refundMinor,
        change.releaseMinor,
        at,
        resumeAt,
      ]);
      return { ...change, id, state, createdAt: at, updatedAt: at };
    },

    async find(reader, partition, id) {
      const [row] = await reader.query(store.findChange, [partition, id]);
      return row === undefined ? undefined : toChange(row);
    },

    async ofGroup(reader, partition, groupId) {
      return (await reader.query(store.listChanges, [partition, groupId])).map(toChange);
    },

    async end(work, id, state, at) {
      const ended = await work.write(store.endChange, [work.partition, id, state, at]);
      return ended.length > 0;
    },

    postpone(work, id, until) {
      work.send(store.postponeChange, [work.partition, id, until]);
    },

    async listDue(now, limit) {
      const rows = await sql.query(store.listDueChanges, [now, limit]);
      return rows.map(({ partition, id }) => ({ partition: partition as Partition, id }));
    },
  };
}

/** The HTTP form of a change. */
export function viewChange(change: OrderChange): Readonly<Record<string, unknown>> {
  return {
    id: change.id,
    orderGroupId: change.groupId,
    kind: change.kind,
    origin: change.origin,
    reason: change.reason,
    state: change.state,
    currency: change.currency,
    refundMinor: minorToJson(change.refundMinor),
    releaseMinor: minorToJson(change.releaseMinor),
    orders: change.orders,
    createdAt: change.createdAt.toISOString(),
  };
}
