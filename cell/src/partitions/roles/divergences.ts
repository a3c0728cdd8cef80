import type { CellId, Partition } from '@commerce/contracts/ids';
import type { Divergence } from '@commerce/contracts/partition-control';
import { type BlobStore, blobName } from '@commerce/engines/blob/blob';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { type ChangeRecord, readRecords } from '../change-log.ts';
import { insertDivergence } from './divergence-store.ts';

/**
 * Writes that a cell took and that the new primary of their partition never had are written out before
 * anything of them is removed: every record as it is in the log, and the payments that they touched, so
 * that an order can be rebuilt or its money returned (I1).
 */

/** A payment that diverged writes have touched, as it stands in this cell. */
export interface TouchedPayment {
  readonly paymentId: string;
  readonly orderGroupId: string;
  readonly state: string;
  readonly gateway: string;
  readonly attemptId: string;
  readonly gatewayPaymentId: string | null;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly capturedMinor: bigint;
}

/** Finds payments that records after a version have touched. */
export type ListTouchedPayments = (
  sql: SqlReader,
  partition: Partition,
  afterVersion: bigint,
) => Promise<readonly TouchedPayment[]>;

export interface DivergedHistory {
  readonly partition: Partition;
  readonly epoch: number;
  readonly afterVersion: bigint;
  readonly toVersion: bigint;
  readonly newPrimary: CellId;
  readonly newEpoch: number;
}

const RECORDS_PER_READ = 500;
/** A part of the file is held in memory whole. */
const PART_BYTES_MAX = 8_388_608;

/** A record as a line; images and events go as the database wrote them. */
function toLine(record: ChangeRecord): string {
  const { epoch, version, chain, loggedAt, changes, events } = record;
  return (
    `{"kind":"record","epoch":${epoch},"version":${version},"loggedAt":"${loggedAt.toISOString()}",` +
    `"chain":"${chain}","changes":${changes},"events":${events}}\n`
  );
}

function toPaymentLine(payment: TouchedPayment): string {
  const amounts = {
    amountMinor: String(payment.amountMinor),
    capturedMinor: String(payment.capturedMinor),
  };
  return `${JSON.stringify({ kind: 'payment', ...payment, ...amounts })}\n`;
}

function sumCaptured(payments: readonly TouchedPayment[]): Record<string, string> {
  const sums: Record<string, bigint> = {};
  // A payment is listed once for each of its attempts.
  const each = new Map(payments.map((payment) => [payment.paymentId, payment]));
  for (const { currency, capturedMinor } of each.values()) {
    sums[currency] = (sums[currency] ?? 0n) + capturedMinor;
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, String(sum)]));
}

/**
 * Writes a diverged history out and notes it. May be repeated: the same history gives the same files
 * under the same names.
 */
export async function exportDivergence(
  deps: {
    readonly sql: Sql;
    readonly blobs: BlobStore;
    readonly clock: Clock;
    readonly listPayments: ListTouchedPayments;
  },
  history: DivergedHistory,
): Promise<Divergence> {
  const { sql, blobs } = deps;
  const { partition, afterVersion, toVersion } = history;
  const files: string[] = [];
  let part = '';
  const flush = async (): Promise<void> => {
    if (part === '') return;
    const bytes = Buffer.from(part);
    const name = blobName(bytes);
    await blobs.put(name, bytes);
    files.push(name);
    part = '';
  };
  const payments = await deps.listPayments(sql, partition, afterVersion);
  part += payments.map(toPaymentLine).join('');
  let records = 0;
  for (let after = afterVersion; after < toVersion; ) {
    const page = await readRecords(sql, partition, after, RECORDS_PER_READ);
    const last = page.at(-1);
    if (last === undefined) throw new Error(`the log of ${partition} ends before ${toVersion}`);
    for (const record of page) {
      part += toLine(record);
      if (part.length > PART_BYTES_MAX) await flush();
    }
    records += page.length;
    after = last.version;
  }
  await flush();
  const divergence: Divergence = {
    id: `${partition}/${history.epoch}.${afterVersion}-${toVersion}`,
    partition,
    epoch: history.epoch,
    afterVersion: String(afterVersion),
    toVersion: String(toVersion),
    newPrimary: history.newPrimary,
    newEpoch: history.newEpoch,
    records,
    payments: new Set(payments.map((payment) => payment.paymentId)).size,
    captured: sumCaptured(payments),
    files,
    foundAt: deps.clock.now().toISOString(),
  };
  await insertDivergence(sql, divergence);
  return divergence;
}
