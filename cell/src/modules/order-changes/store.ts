import { statement } from '@commerce/engines/sql/sql';
import { writeStatement } from '../../partitions/write-statement.ts';
import type { ChangeState } from './state.ts';
import { orderChanges } from './tables.ts';

/** The only SQL over order changes. */

export interface ChangeRow {
  readonly id: string;
  readonly order_group_id: string;
  readonly kind: 'cancel';
  readonly origin: 'shopper' | 'vendor';
  readonly reason: string;
  readonly state: ChangeState;
  readonly currency: string;
  readonly items: unknown;
  readonly refund_minor: bigint;
  readonly release_minor: bigint;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const COLUMNS = `id, order_group_id, kind, origin, reason, state, currency, items, refund_minor,
  release_minor, created_at, updated_at`;

export const insertChange = writeStatement(
  orderChanges,
  'order-changes.insert',
  `INSERT INTO order_changes AS t (partition, id, order_group_id, kind, origin, reason, state,
     currency, items, refund_minor, release_minor, created_at, updated_at, resume_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $12, $13)`,
);

export const findChange = statement<ChangeRow>(
  'order-changes.find',
  `SELECT ${COLUMNS} FROM order_changes WHERE partition = $1 AND id = $2`,
);

export const listChanges = statement<ChangeRow>(
  'order-changes.list',
  `SELECT ${COLUMNS} FROM order_changes WHERE partition = $1 AND order_group_id = $2 ORDER BY id`,
);

export const endChange = writeStatement<{ id: string }>(
  orderChanges,
  'order-changes.end',
  `UPDATE order_changes AS t SET state = $3, updated_at = $4, resume_at = NULL
   WHERE t.partition = $1 AND t.id = $2 AND t.state = 'open'`,
  't.id',
);

export const postponeChange = writeStatement(
  orderChanges,
  'order-changes.postpone',
  `UPDATE order_changes AS t SET resume_at = $3
   WHERE t.partition = $1 AND t.id = $2 AND t.resume_at IS NOT NULL`,
);

/** Changes of this cell's partitions whose money nobody has moved yet. */
export const listDueChanges = statement<{ partition: string; id: string }>(
  'order-changes.list-due',
  `SELECT c.partition, c.id FROM order_changes c
   JOIN partitions p ON p.partition = c.partition AND p.role = 'primary'
   WHERE c.resume_at <= $1 ORDER BY c.resume_at LIMIT $2`,
);
