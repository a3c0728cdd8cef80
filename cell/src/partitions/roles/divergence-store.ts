import type { CellId, Partition } from '@commerce/contracts/ids';
import type { Divergence } from '@commerce/contracts/partition-control';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';

/** What is known of writes that no other cell has. */

interface DivergenceRow {
  readonly id: string;
  readonly partition: Partition;
  readonly epoch: bigint;
  readonly after_version: bigint;
  readonly to_version: bigint;
  readonly new_primary: CellId;
  readonly new_epoch: bigint;
  readonly records: bigint;
  readonly payments: bigint;
  readonly captured: string;
  readonly files: string;
  readonly found_at: Date;
}

const insert = statement(
  'divergences.insert',
  `INSERT INTO partition_divergences (id, partition, epoch, after_version, to_version, new_primary,
     new_epoch, records, payments, captured, files, found_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
);
const list = statement<DivergenceRow>(
  'divergences.list',
  `SELECT id, partition, epoch, after_version, to_version, new_primary, new_epoch, records, payments,
     captured, files, found_at
   FROM partition_divergences ORDER BY found_at DESC, id LIMIT 10000`,
);

/** Notes a divergence; again: nothing happens, as its id names what it is about. */
export const insertDivergence = (sql: SqlReader, divergence: Divergence) =>
  sql.query(insert, [
    divergence.id,
    divergence.partition,
    divergence.epoch,
    BigInt(divergence.afterVersion),
    BigInt(divergence.toVersion),
    divergence.newPrimary,
    divergence.newEpoch,
    divergence.records,
    divergence.payments,
    JSON.stringify(divergence.captured),
    JSON.stringify(divergence.files),
    new Date(divergence.foundAt),
  ]);

/** All that is kept, the newest first. */
export async function listDivergences(sql: SqlReader): Promise<Divergence[]> {
  return (await sql.query(list)).map((row) => ({
    id: row.id,
    partition: row.partition,
    epoch: Number(row.epoch),
    afterVersion: String(row.after_version),
    toVersion: String(row.to_version),
    newPrimary: row.new_primary,
    newEpoch: Number(row.new_epoch),
    records: Number(row.records),
    payments: Number(row.payments),
    captured: JSON.parse(row.captured) as Record<string, string>,
    files: JSON.parse(row.files) as string[],
    foundAt: row.found_at.toISOString(),
  }));
}
