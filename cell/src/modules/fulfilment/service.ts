import { newPartitionId, type Partition, type PartitionId } from '@commerce/contracts/ids';
import { type Minor, minor } from '@commerce/contracts/money';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import type { ShipmentState } from './state.ts';
import * as store from './store.ts';

/** Units of one line in a parcel. */
export interface ShippedLine {
  readonly lineId: string;
  readonly variantId: string;
  readonly title: string;
  readonly quantity: number;
  /** Parts of the line's amount and of its tax that they stand for. */
  readonly amountMinor: number;
  readonly taxMinor: number;
}

/** One parcel of one order. */
export interface Shipment {
  readonly id: PartitionId<'shi'>;
  readonly groupId: PartitionId<'grp'>;
  readonly orderId: string;
  readonly state: ShipmentState;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  readonly lines: readonly ShippedLine[];
  /** Taken with the parcel; 0 where the money was taken before. */
  readonly amountMinor: Minor;
  readonly createdAt: Date;
  readonly shippedAt: Date | null;
  readonly deliveredAt: Date | null;
}

export type NewShipment = Omit<
  Shipment,
  'id' | 'state' | 'createdAt' | 'shippedAt' | 'deliveredAt'
>;

export interface Shipments {
  /** @param resumeAt when to look after its money; null where it has left already */
  record(
    work: PartitionWork,
    shipment: NewShipment,
    times: { readonly at: Date; readonly resumeAt: Date | null },
  ): Shipment;
  find(reader: SqlReader, partition: Partition, id: string): Promise<Shipment | undefined>;
  /** All of a group, the oldest first. */
  ofGroup(reader: SqlReader, partition: Partition, groupId: string): Promise<Shipment[]>;
  /** The money is taken: the parcel leaves. @returns false where that was noted before */
  send(work: PartitionWork, id: string, at: Date): Promise<boolean>;
  /** The money could not be taken. @returns false where it has ended already */
  refuse(work: PartitionWork, id: string): Promise<boolean>;
  /** @returns false where it was not on its way */
  deliver(work: PartitionWork, id: string, at: Date): Promise<boolean>;
  /** Puts the next look at its money off. */
  postpone(work: PartitionWork, id: string, until: Date): void;
  /** Shipments that somebody has to look after by now, the longest due first. */
  listDue(now: Date, limit: number): Promise<{ partition: Partition; id: string }[]>;
}

function toShipment(row: store.ShipmentRow): Shipment {
  return {
    id: row.id as PartitionId<'shi'>,
    groupId: row.order_group_id as PartitionId<'grp'>,
    orderId: row.order_id,
    state: row.state,
    carrier: row.carrier,
    trackingNumber: row.tracking_number,
    lines: row.lines as readonly ShippedLine[],
    amountMinor: minor(row.amount_minor),
    createdAt: row.created_at,
    shippedAt: row.shipped_at,
    deliveredAt: row.delivered_at,
  };
}

export function createShipments({ sql }: { readonly sql: Sql }): Shipments {
  return {
    record(work, shipment, { at, resumeAt }) {
      const id = newPartitionId('shi', work.partition);
      const state = resumeAt === null ? 'shipped' : 'capturing';
      const shippedAt = resumeAt === null ? at : null;
      work.send(store.insertShipment, [
        work.partition,
        id,
        shipment.groupId,
        shipment.orderId,
        state,
        shipment.carrier,
        shipment.trackingNumber,
        JSON.stringify(shipment.lines),
        shipment.amountMinor,
        at,
        shippedAt,
        resumeAt,
      ]);
      return { ...shipment, id, state, createdAt: at, shippedAt, deliveredAt: null };
    },

    async find(reader, partition, id) {
      const [row] = await reader.query(store.findShipment, [partition, id]);
      return row === undefined ? undefined : toShipment(row);
    },

    async ofGroup(reader, partition, groupId) {
      return (await reader.query(store.listShipments, [partition, groupId])).map(toShipment);
    },

    async send(work, id, at) {
      return (await work.write(store.sendShipment, [work.partition, id, at])).length > 0;
    },

    async refuse(work, id) {
      return (await work.write(store.refuseShipment, [work.partition, id])).length > 0;
    },

    async deliver(work, id, at) {
      return (await work.write(store.deliverShipment, [work.partition, id, at])).length > 0;
    },

    postpone(work, id, until) {
      work.send(store.postponeShipment, [work.partition, id, until]);
    },

    async listDue(now, limit) {
      const rows = await sql.query(store.listDueShipments, [now, limit]);
      return rows.map(({ partition, id }) => ({ partition: partition as Partition, id }));
    },
  };
}

/** The HTTP form of a shipment. */
export function viewShipment(shipment: Shipment): Readonly<Record<string, unknown>> {
  return {
    id: shipment.id,
    orderId: shipment.orderId,
    state: shipment.state,
    carrier: shipment.carrier,
    trackingNumber: shipment.trackingNumber,
    lines: shipment.lines.map(({ lineId, variantId, title, quantity }) => ({
      lineId,
      variantId,
      title,
      quantity,
    })),
    createdAt: shipment.createdAt.toISOString(),
    shippedAt: shipment.shippedAt?.toISOString() ?? null,
    deliveredAt: shipment.deliveredAt?.toISOString() ?? null,
  };
}
