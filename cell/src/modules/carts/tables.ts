import { partitionTable } from '../../partitions/tables.ts';

export const carts = partitionTable({
  name: 'carts',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    state: 'none',
    market: 'none',
    currency: 'none',
    country: 'none',
    language: 'none',
    customer_id: 'none',
    email: 'personal',
    shipping_address: 'personal',
    billing_address: 'personal',
    shipping_options: 'none',
    order_group_id: 'none',
    created_at: 'none',
    updated_at: 'none',
  },
});

export const cartLines = partitionTable({
  name: 'cart_lines',
  key: ['partition', 'cart_id', 'id'],
  columns: {
    partition: 'none',
    cart_id: 'none',
    id: 'none',
    variant_id: 'none',
    quantity: 'none',
    added_price_minor: 'none',
    added_at: 'none',
  },
});
