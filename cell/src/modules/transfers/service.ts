import { newPartitionId } from '@commerce/contracts/ids';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { writeStatement } from '../../partitions/write-statement.ts';
import { dataTransfers } from './tables.ts';

const insertTransfer = writeStatement(
  dataTransfers,
  'transfers.insert',
  `INSERT INTO data_transfers AS t (partition, id, subject, recipient, recipient_user, fields, basis,
     transferred_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

export interface Transfer {
  /** Id of what the data is about. */
  readonly subject: string;
  /** Id of the vendor that gets it. */
  readonly recipient: string;
  /** Id of the user at the recipient. */
  readonly recipientUser: string;
  readonly fields: readonly string[];
  /** Ground in law, such as `contract`. */
  readonly basis: string;
}

export interface Transfers {
  /** Writes an entry; the data may be sent once the unit of work is committed. */
  record(work: PartitionWork, transfer: Transfer, at: Date): void;
}

export function createTransfers(): Transfers {
  return {
    record(work, { subject, recipient, recipientUser, fields, basis }, at) {
      work.send(insertTransfer, [
        work.partition,
        newPartitionId('tra', work.partition),
        subject,
        recipient,
        recipientUser,
        fields.join(' '),
        basis,
        at,
      ]);
    },
  };
}
