import { partitionTable } from '../../partitions/tables.ts';

export const payments = partitionTable({
  name: 'payments',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    order_group_id: 'none',
    state: 'none',
    currency: 'none',
    amount_minor: 'none',
    captured_minor: 'none',
    refunded_minor: 'none',
    created_at: 'none',
    updated_at: 'none',
    released_minor: 'none',
  },
  expansions: ['released_minor'],
});

export const paymentAttempts = partitionTable({
  name: 'payment_attempts',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    payment_id: 'none',
    order_group_id: 'none',
    gateway: 'none',
    state: 'none',
    token: 'payment',
    gateway_payment_id: 'payment',
    action_url: 'payment',
    return_url: 'payment',
    decline_code: 'payment',
    created_at: 'none',
    updated_at: 'none',
  },
});

export const paymentAllocations = partitionTable({
  name: 'payment_allocations',
  key: ['partition', 'payment_id', 'order_id'],
  columns: { partition: 'none', payment_id: 'none', order_id: 'none', amount_minor: 'none' },
});

export const paymentMoves = partitionTable({
  name: 'payment_moves',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    payment_id: 'none',
    order_group_id: 'none',
    cause: 'none',
    kind: 'none',
    amount_minor: 'none',
    state: 'none',
    reason: 'payment',
    created_at: 'none',
    updated_at: 'none',
  },
});
