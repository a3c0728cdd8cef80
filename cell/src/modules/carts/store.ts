import { statement } from '@commerce/engines/sql/sql';
import { writeStatement } from '../../partitions/write-statement.ts';
import type { Address } from './schema.ts';
import type { CartState } from './state.ts';
import { cartLines, carts } from './tables.ts';

/** The only SQL over carts. */

export interface CartRow {
  readonly id: string;
  readonly state: CartState;
  readonly market: string;
  readonly currency: string;
  readonly country: string;
  readonly language: string;
  readonly customer_id: string | null;
  readonly email: string | null;
  readonly shipping_address: Address | null;
  readonly billing_address: Address | null;
  readonly shipping_options: Readonly<Record<string, string>>;
  readonly order_group_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** In the order in which they were added. */
  readonly lines: readonly CartLineRow[] | null;
}

export interface CartLineRow {
  readonly id: string;
  readonly variantId: string;
  readonly quantity: number;
  /** Null for lines of the time before it was kept. */
  readonly addedPriceMinor: number | null;
}

/** A cart with its lines in one round trip. */
export const findCart = statement<CartRow>(
  'carts.find',
  `SELECT c.id, c.state, c.market, c.currency, c.country, c.language, c.customer_id, c.email,
          c.shipping_address, c.billing_address, c.shipping_options, c.order_group_id,
          c.created_at, c.updated_at,
          (SELECT json_agg(json_build_object('id', l.id, 'variantId', l.variant_id,
                                             'quantity', l.quantity,
                                             'addedPriceMinor', l.added_price_minor) ORDER BY l.id)
           FROM cart_lines l WHERE l.partition = c.partition AND l.cart_id = c.id) AS lines
   FROM carts c WHERE c.partition = $1 AND c.id = $2`,
);

export const insertCart = writeStatement(
  carts,
  'carts.insert',
  `INSERT INTO carts AS t (partition, id, state, market, currency, country, language, customer_id,
     shipping_options, created_at, updated_at)
   VALUES ($1, $2, 'open', $3, $4, $5, $6, $7, '{}', $8, $8)`,
);

/** Adding a variant that the cart has adds up; the quantity's limit is checked by the caller. */
export const upsertLine = writeStatement<{ id: string; quantity: number }>(
  cartLines,
  'carts.upsert-line',
  `INSERT INTO cart_lines AS t (partition, cart_id, id, variant_id, quantity, added_price_minor,
     added_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT (partition, cart_id, variant_id) DO UPDATE
     SET quantity = t.quantity + EXCLUDED.quantity,
         added_price_minor = EXCLUDED.added_price_minor`,
  't.id, t.quantity',
);

export const changeLine = writeStatement<{ id: string }>(
  cartLines,
  'carts.change-line',
  `UPDATE cart_lines AS t SET quantity = $4 WHERE t.partition = $1 AND t.cart_id = $2 AND t.id = $3`,
  't.id',
);

export const deleteLine = writeStatement<{ id: string }>(
  cartLines,
  'carts.delete-line',
  'DELETE FROM cart_lines AS t WHERE t.partition = $1 AND t.cart_id = $2 AND t.id = $3',
  't.id',
);

export const setEmail = writeStatement(
  carts,
  'carts.set-email',
  'UPDATE carts AS t SET email = $3, updated_at = $4 WHERE t.partition = $1 AND t.id = $2',
);

export const setShippingAddress = writeStatement(
  carts,
  'carts.set-shipping-address',
  `UPDATE carts AS t SET shipping_address = $3::jsonb, country = $4, updated_at = $5
   WHERE t.partition = $1 AND t.id = $2`,
);

export const setBillingAddress = writeStatement(
  carts,
  'carts.set-billing-address',
  `UPDATE carts AS t SET billing_address = $3::jsonb, updated_at = $4
   WHERE t.partition = $1 AND t.id = $2`,
);

export const setShippingOptions = writeStatement(
  carts,
  'carts.set-shipping-options',
  `UPDATE carts AS t SET shipping_options = $3::jsonb, updated_at = $4
   WHERE t.partition = $1 AND t.id = $2`,
);

/** Adopts a guest's cart on the customer's first signed-in request for it. */
export const setCustomer = writeStatement(
  carts,
  'carts.set-customer',
  `UPDATE carts AS t SET customer_id = $3, updated_at = $4
   WHERE t.partition = $1 AND t.id = $2 AND t.customer_id IS NULL`,
);

export const startCheckout = writeStatement(
  carts,
  'carts.start-checkout',
  `UPDATE carts AS t SET state = 'checking-out', order_group_id = $3, updated_at = $4
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'open'`,
);

export const reopen = writeStatement(
  carts,
  'carts.reopen',
  `UPDATE carts AS t SET state = 'open', order_group_id = NULL, updated_at = $4
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'checking-out' AND t.order_group_id = $3`,
);

export const close = writeStatement(
  carts,
  'carts.close',
  `UPDATE carts AS t SET state = 'ordered', updated_at = $4
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'checking-out' AND t.order_group_id = $3`,
);
