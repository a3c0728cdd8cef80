import type { Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Ownership } from '../../partitions/ownership.ts';
import type { Committed, PartitionWork, UnitOfWork } from '../../partitions/unit-of-work.ts';
import type { CustomerView, Me, ProfileChange } from './schema.ts';
import {
  type Customer,
  type CustomerId,
  deleteCustomer,
  findCustomer,
  insertCustomer,
  updateCustomer,
} from './store.ts';

export interface Customers {
  /**
   * Adds a customer inside the unit of work of a sign-up.
   * @param customer its id lies in the work's partition; its email is normalised
   * @returns false where there is a customer of this id already
   */
  create(
    work: PartitionWork,
    customer: Omit<Customer, 'partition' | 'createdAt'>,
  ): Promise<boolean>;
  /** Reads a customer inside a unit of work. */
  read(work: PartitionWork, id: CustomerId): Promise<Customer | undefined>;
  /**
   * Reads a customer.
   * @throws AppError `misdirected` where this cell is not primary for the partition
   */
  find(partition: Partition, id: CustomerId): Promise<Customer | undefined>;
  /**
   * Changes the profile; what the change does not name stays as it is.
   * @throws AppError `misdirected`, `quarantined`; `invalid-token` where the customer is gone
   */
  changeProfile(
    partition: Partition,
    id: CustomerId,
    change: ProfileChange,
  ): Promise<Committed<Customer>>;
  /** Removes the customer's row inside a unit of work, as erasure does. Twice is the same as once. */
  remove(work: PartitionWork, id: CustomerId): Promise<void>;
}

/** A token that outlived its customer: for the holder it is a token that is no longer valid. */
export function customerGone(): AppError {
  return new AppError('invalid-token', {
    detail: 'The account of this token no longer exists.',
    field: 'authorization',
  });
}

/** A customer as sign-up and sign-in answer it. */
export function viewCustomer({
  id,
  email,
  name,
  language,
}: Omit<Customer, 'partition' | 'createdAt'>): CustomerView {
  return { id, email, name, language };
}

/** A customer as `GET /v1/me` answers it. */
export function viewMe(customer: Customer): Me {
  return { ...viewCustomer(customer), createdAt: customer.createdAt.toISOString() };
}

export function createCustomers(deps: {
  readonly sql: Sql;
  readonly unitOfWork: UnitOfWork;
  readonly ownership: Ownership;
  readonly clock: Clock;
}): Customers {
  const { sql, unitOfWork, ownership, clock } = deps;
  const read: Customers['read'] = (work, id) =>
    findCustomer({ query: work.read }, work.partition, id);

  return Object.freeze<Customers>({
    create: (work, customer) =>
      insertCustomer(work, { ...customer, partition: work.partition, createdAt: clock.now() }),
    read,
    async find(partition, id) {
      ownership.requirePrimary(partition);
      return findCustomer(sql, partition, id);
    },
    async changeProfile(partition, id, change) {
      ownership.requireWritable(partition);
      return unitOfWork.run(partition, 'customers.change-profile', async (work) => {
        const customer = await read(work, id);
        if (customer === undefined) throw customerGone();
        const { name = customer.name, language = customer.language } = change;
        // Sent twice, it changes nothing the second time, and the partition keeps its version.
        if (name === customer.name && language === customer.language) return customer;
        return (await updateCustomer(work, id, { name, language }, clock.now())) ?? customer;
      });
    },
    remove: deleteCustomer,
  });
}
