import type { Partition, PartitionId } from '@commerce/contracts/ids';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { writeStatement } from '../../partitions/write-statement.ts';
import { customersTable } from './tables.ts';

export type CustomerId = PartitionId<'cus'>;

export interface Customer {
  readonly partition: Partition;
  readonly id: CustomerId;
  /** Normalised. */
  readonly email: string;
  readonly name: string | null;
  readonly language: string;
  readonly createdAt: Date;
}

interface CustomerRow {
  readonly email: string;
  readonly name: string | null;
  readonly language: string;
  readonly created_at: Date;
}

const find = statement<CustomerRow>(
  'customers.find',
  'SELECT email, name, language, created_at FROM customers WHERE partition = $1 AND id = $2',
);
const insert = writeStatement<{ id: string }>(
  customersTable,
  'customers.insert',
  `INSERT INTO customers AS t (partition, id, email, name, language, created_at, updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING`,
  't.id',
);
const update = writeStatement<CustomerRow>(
  customersTable,
  'customers.update',
  `UPDATE customers AS t SET name = $3, language = $4, updated_at = $5
   WHERE partition = $1 AND id = $2`,
  't.email, t.name, t.language, t.created_at',
);
const remove = writeStatement(
  customersTable,
  'customers.delete',
  'DELETE FROM customers AS t WHERE partition = $1 AND id = $2',
);

function toCustomer(partition: Partition, id: CustomerId, row: CustomerRow): Customer {
  const { email, name, language, created_at: createdAt } = row;
  return { partition, id, email, name, language, createdAt };
}

export async function findCustomer(
  sql: SqlReader,
  partition: Partition,
  id: CustomerId,
): Promise<Customer | undefined> {
  const [row] = await sql.query(find, [partition, id]);
  return row && toCustomer(partition, id, row);
}

/** @returns whether it was inserted; false where there is one of this id */
export async function insertCustomer(work: PartitionWork, customer: Customer): Promise<boolean> {
  const { id, email, name, language, createdAt } = customer;
  const rows = await work.write(insert, [work.partition, id, email, name, language, createdAt]);
  return rows.length === 1;
}

export async function updateCustomer(
  work: PartitionWork,
  id: CustomerId,
  profile: Pick<Customer, 'name' | 'language'>,
  at: Date,
): Promise<Customer | undefined> {
  const values = [work.partition, id, profile.name, profile.language, at];
  const [row] = await work.write(update, values);
  return row && toCustomer(work.partition, id, row);
}

export async function deleteCustomer(work: PartitionWork, id: CustomerId): Promise<void> {
  await work.write(remove, [work.partition, id]);
}
