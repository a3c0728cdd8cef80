import { statement } from '@commerce/engines/sql/sql';
import { writeStatement } from '../../partitions/write-statement.ts';
import type { ShipmentState } from './state.ts';
import { shipments } from './tables.ts';

/** The only SQL over shipments. */

export interface ShipmentRow {
  readonly id: string;
  readonly order_group_id: string;
  readonly order_id: string;
  readonly state: ShipmentState;
  readonly carrier: string | null;
  readonly tracking_number: string | null;
  readonly lines: unknown;
  readonly amount_minor: bigint;
  readonly created_at: Date;
  readonly shipped_at: Date | null;
  readonly delivered_at: Date | null;
}

const COLUMNS = `id, order_group_id, order_id, state, carrier, tracking_number, lines, amount_minor,
  created_at, shipped_at, delivered_at`;

export const insertShipment = writeStatement(
  shipments,
  'fulfilment.insert-shipment',
  `INSERT INTO shipments AS t (partition, id, order_group_id, order_id, state, carrier,
     tracking_number, lines, amount_minor, created_at, shipped_at, resume_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11, $12)`,
);

export const findShipment = statement<ShipmentRow>(
  'fulfilment.find-shipment',
  `SELECT ${COLUMNS} FROM shipments WHERE partition = $1 AND id = $2`,
);

export const listShipments = statement<ShipmentRow>(
  'fulfilment.list-shipments',
  `SELECT ${COLUMNS} FROM shipments WHERE partition = $1 AND order_group_id = $2 ORDER BY id`,
);

export const sendShipment = writeStatement<{ id: string }>(
  shipments,
  'fulfilment.send-shipment',
  `UPDATE shipments AS t SET state = 'shipped', shipped_at = $3, resume_at = NULL
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'capturing'`,
  't.id',
);

export const refuseShipment = writeStatement<{ id: string }>(
  shipments,
  'fulfilment.refuse-shipment',
  `UPDATE shipments AS t SET state = 'refused', resume_at = NULL
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'capturing'`,
  't.id',
);

export const deliverShipment = writeStatement<{ id: string }>(
  shipments,
  'fulfilment.deliver-shipment',
  `UPDATE shipments AS t SET state = 'delivered', delivered_at = $3
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'shipped'`,
  't.id',
);

export const postponeShipment = writeStatement(
  shipments,
  'fulfilment.postpone-shipment',
  `UPDATE shipments AS t SET resume_at = $3
   WHERE t.partition = $1 AND t.id = $2 AND t.resume_at IS NOT NULL`,
);

/** Shipments of this cell's partitions whose money nobody has taken yet. */
export const listDueShipments = statement<{ partition: string; id: string }>(
  'fulfilment.list-due',
  `SELECT s.partition, s.id FROM shipments s
   JOIN partitions p ON p.partition = s.partition AND p.role = 'primary'
   WHERE s.resume_at <= $1 ORDER BY s.resume_at LIMIT $2`,
);
