import { statement } from '@commerce/engines/sql/sql';
import { writeStatement } from '../../partitions/write-statement.ts';
import type { FulfillmentState, GroupState, OrderState } from './state.ts';
import { orderGroups, orderLines, orders } from './tables.ts';

/** The only SQL over orders. */

export interface GroupRow {
  readonly id: string;
  readonly cart_id: string;
  readonly customer_id: string | null;
  readonly state: GroupState;
  readonly market: string;
  readonly currency: string;
  readonly country: string;
  readonly language: string;
  readonly email: string;
  readonly shipping_address: unknown;
  readonly billing_address: unknown;
  readonly quote: unknown;
  readonly cancel_reason: string | null;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly placed_at: Date | null;
}

export const insertGroup = writeStatement(
  orderGroups,
  'orders.insert-group',
  `INSERT INTO order_groups AS t (partition, id, cart_id, customer_id, state, market, currency,
     country, language, email, shipping_address, billing_address, quote, items_minor,
     shipping_minor, tax_minor, total_minor, expires_at, resume_at, created_at, updated_at)
   VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12::jsonb, $13,
     $14, $15, $16, $17, $18, $19, $19)`,
);

export const findGroup = statement<GroupRow>(
  'orders.find-group',
  `SELECT id, cart_id, customer_id, state, market, currency, country, language, email,
          shipping_address, billing_address, quote, cancel_reason, expires_at, created_at, placed_at
   FROM order_groups WHERE partition = $1 AND id = $2`,
);

export const placeGroup = writeStatement<{ id: string }>(
  orderGroups,
  'orders.place-group',
  `UPDATE order_groups AS t SET state = 'placed', placed_at = $3, updated_at = $3, resume_at = $4
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'pending'`,
  't.id',
);

export const payGroup = writeStatement<{ id: string }>(
  orderGroups,
  'orders.pay-group',
  `UPDATE order_groups AS t SET state = 'paid', updated_at = $3, resume_at = NULL
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'placed'`,
  't.id',
);

export const startCancelGroup = writeStatement<{ id: string }>(
  orderGroups,
  'orders.start-cancel-group',
  `UPDATE order_groups AS t SET state = 'canceling', cancel_reason = $3, updated_at = $4, resume_at = $5
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'pending'`,
  't.id',
);

export const cancelGroup = writeStatement<{ id: string }>(
  orderGroups,
  'orders.cancel-group',
  `UPDATE order_groups AS t SET state = 'canceled', updated_at = $3, resume_at = NULL
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'canceling'`,
  't.id',
);

export const insertOrders = writeStatement(
  orders,
  'orders.insert',
  `INSERT INTO orders AS t (partition, id, order_group_id, customer_id, vendor_id, vendor_name,
     display_number, state, currency, shipping_option, items_minor, shipping_minor, tax_minor,
     total_minor, placed_at, updated_at)
   SELECT $1, o.id, $2, $3, o.vendor_id, o.vendor_name, o.display_number, 'placed', $4,
          o.shipping_option::jsonb, o.items_minor, o.shipping_minor, o.tax_minor, o.total_minor,
          $14, $14
   FROM unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int8[],
               $11::int8[], $12::int8[], $13::int8[])
     AS o (id, vendor_id, vendor_name, display_number, shipping_option, items_minor,
           shipping_minor, tax_minor, total_minor)`,
);

export const insertLines = writeStatement(
  orderLines,
  'orders.insert-lines',
  `INSERT INTO order_lines AS t (partition, order_id, id, variant_id, product_id, sku, title,
     quantity, unit_price_minor, total_minor, tax_rate_ppm, tax_display, tax_minor)
   SELECT $1, l.order_id, l.id, l.variant_id, l.product_id, l.sku, l.title, l.quantity,
          l.unit_price_minor, l.total_minor, l.tax_rate_ppm, l.tax_display, l.tax_minor
   FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
               $8::int4[], $9::int8[], $10::int8[], $11::int4[], $12::text[], $13::int8[])
     AS l (order_id, id, variant_id, product_id, sku, title, quantity, unit_price_minor,
           total_minor, tax_rate_ppm, tax_display, tax_minor)`,
);

export const payOrders = writeStatement<{ id: string; vendor_id: string }>(
  orders,
  'orders.pay',
  `UPDATE orders AS t SET state = 'paid', updated_at = $3, paid_at = $3
   WHERE t.partition = $1 AND t.order_group_id = $2 AND t.state = 'placed'`,
  't.id, t.vendor_id',
);

export interface OrderRow {
  readonly id: string;
  readonly order_group_id: string;
  readonly customer_id: string | null;
  readonly vendor_id: string;
  readonly vendor_name: string;
  readonly display_number: string;
  readonly state: OrderState;
  readonly fulfillment: FulfillmentState;
  readonly currency: string;
  readonly shipping_option: unknown;
  readonly items_minor: bigint;
  readonly shipping_minor: bigint;
  readonly tax_minor: bigint;
  readonly total_minor: bigint;
  readonly placed_at: Date;
  /** When the money for it was taken; null where it was not, or before that was kept. */
  readonly paid_at: Date | null;
  /** Of the last change of its state. */
  readonly updated_at: Date;
  readonly lines: readonly OrderLineRow[];
}

/** As `json_build_object` writes it: amounts are JSON integers within the exact range. */
export interface OrderLineRow {
  readonly id: string;
  readonly variantId: string;
  readonly productId: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly totalMinor: number;
  readonly taxRatePpm: number;
  readonly taxDisplay: string;
  readonly taxMinor: number;
  /** Units that left, or are leaving, and units that will not. */
  readonly shippedQuantity: number;
  readonly canceledQuantity: number;
  /** Parts of the line's amount and of its tax that those units stand for. */
  readonly settledMinor: number;
  readonly settledTaxMinor: number;
}

const SELECT_ORDER = `SELECT o.id, o.order_group_id, o.customer_id, o.vendor_id, o.vendor_name,
    o.display_number, o.state, o.fulfillment, o.currency, o.shipping_option, o.items_minor,
    o.shipping_minor, o.tax_minor, o.total_minor, o.placed_at, o.paid_at, o.updated_at,
    (SELECT json_agg(json_build_object('id', l.id, 'variantId', l.variant_id,
       'productId', l.product_id, 'sku', l.sku, 'title', l.title, 'quantity', l.quantity,
       'unitPriceMinor', l.unit_price_minor, 'totalMinor', l.total_minor,
       'taxRatePpm', l.tax_rate_ppm, 'taxDisplay', l.tax_display, 'taxMinor', l.tax_minor,
       'shippedQuantity', l.shipped_quantity, 'canceledQuantity', l.canceled_quantity,
       'settledMinor', l.settled_minor, 'settledTaxMinor', l.settled_tax_minor)
       ORDER BY l.id)
     FROM order_lines l WHERE l.partition = o.partition AND l.order_id = o.id) AS lines
  FROM orders o`;

export const findOrder = statement<OrderRow>(
  'orders.find',
  `${SELECT_ORDER} WHERE o.partition = $1 AND o.id = $2`,
);

export const findOrdersOfGroup = statement<OrderRow>(
  'orders.find-of-group',
  `${SELECT_ORDER} WHERE o.partition = $1 AND o.order_group_id = $2 ORDER BY o.id`,
);

/** Newest first; ids are made in the order of time. */
export const listOrdersOfCustomer = statement<OrderRow>(
  'orders.list-of-customer',
  `${SELECT_ORDER} WHERE o.partition = $1 AND o.customer_id = $2 AND o.id < $3
   ORDER BY o.id DESC LIMIT $4`,
);

export const settleLines = writeStatement(
  orderLines,
  'orders.settle-lines',
  `UPDATE order_lines AS t SET shipped_quantity = t.shipped_quantity + u.shipped,
     canceled_quantity = t.canceled_quantity + u.canceled,
     settled_minor = t.settled_minor + u.amount_minor,
     settled_tax_minor = t.settled_tax_minor + u.tax_minor
   FROM unnest($2::text[], $3::text[], $4::int4[], $5::int4[], $6::int8[], $7::int8[])
     AS u (order_id, id, shipped, canceled, amount_minor, tax_minor)
   WHERE t.partition = $1 AND t.order_id = u.order_id AND t.id = u.id`,
);

export const moveOrder = writeStatement(
  orders,
  'orders.move',
  `UPDATE orders AS t SET state = $3, fulfillment = $4, updated_at = $5,
     paid_at = CASE WHEN $3 = 'paid' THEN coalesce(t.paid_at, $5) ELSE t.paid_at END
   WHERE t.partition = $1 AND t.id = $2`,
);

export const postponeGroup = writeStatement(
  orderGroups,
  'orders.postpone-group',
  `UPDATE order_groups AS t SET resume_at = $3
   WHERE t.partition = $1 AND t.id = $2 AND t.resume_at IS NOT NULL`,
);

/** Checkouts of this cell's partitions that somebody has to look after. */
export const listDue = statement<{ partition: string; id: string }>(
  'orders.list-due',
  `SELECT g.partition, g.id FROM order_groups g
   JOIN partitions p ON p.partition = g.partition AND p.role = 'primary'
   WHERE g.resume_at <= $1 ORDER BY g.resume_at LIMIT $2`,
);
