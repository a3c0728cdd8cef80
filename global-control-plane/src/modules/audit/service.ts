import { createHash } from 'node:crypto';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import {
  addEntry,
  type EntryRow,
  hasEntry,
  listEntries,
  lockAuditHead,
  readAuditHead,
} from './store.ts';

export type AuditDetail = Readonly<Record<string, string | number | boolean | null>>;

export interface AuditEntryInput {
  /** Made by whoever did it: the same entry may be sent again. */
  readonly id: string;
  /** When it was done, which may be long before it is told. */
  readonly at: Date;
  readonly by: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly detail: AuditDetail;
}

export interface AuditPage {
  readonly entries: readonly EntryRow[];
  /** Whether the entries of this page are chained as they were written. */
  readonly intact: boolean;
}

export interface AuditService {
  /** Adds an entry; one that is there already is left as it is. */
  record(entry: AuditEntryInput): Promise<void>;
  /** Entries before a number, newest first. */
  list(options: {
    readonly before: bigint | undefined;
    readonly limit: number;
  }): Promise<AuditPage>;
}

/** Everything of an entry but its own hash, and the hash before it. */
function hashEntry(previous: string, row: Omit<EntryRow, 'hash'>): string {
  const content = JSON.stringify([
    previous,
    row.seq.toString(),
    row.id,
    row.at.toISOString(),
    row.operator,
    row.action,
    row.subject,
    row.outcome,
    row.detail,
    row.received_at.toISOString(),
  ]);
  return createHash('sha256').update(content).digest('hex');
}

export function createAudit(deps: { readonly sql: Sql; readonly clock: Clock }): AuditService {
  const { sql, clock } = deps;
  return Object.freeze({
    record: (entry: AuditEntryInput) =>
      sql.transaction('audit.record', async (transaction) => {
        const head = await lockAuditHead(transaction);
        if (await hasEntry(transaction, entry.id)) return;
        const row = {
          seq: head.seq + 1n,
          id: entry.id,
          at: entry.at,
          operator: entry.by,
          action: entry.action,
          subject: entry.subject,
          outcome: entry.outcome,
          detail: JSON.stringify(entry.detail),
          received_at: clock.now(),
        };
        await addEntry(transaction, { ...row, hash: hashEntry(head.hash, row) });
      }),
    list: async ({ before, limit }: { before: bigint | undefined; limit: number }) => {
      const head = await readAuditHead(sql);
      // One more than asked for: the hash that the oldest of the page is chained to.
      const rows = await listEntries(sql, before, limit + 1);
      return { entries: rows.slice(0, limit), intact: isIntact(rows, limit, before, head) };
    },
  });
}

const GENESIS = '0'.repeat(64);

function isIntact(
  rows: readonly EntryRow[],
  limit: number,
  before: bigint | undefined,
  head: { readonly seq: bigint; readonly hash: string },
): boolean {
  const [newest] = rows;
  if (before === undefined && (newest?.hash ?? GENESIS) !== head.hash) return false;
  if (before === undefined && (newest?.seq ?? 0n) !== head.seq) return false;
  return rows.slice(0, limit).every((row, index) => {
    const older = rows[index + 1];
    if (older === undefined && row.seq !== 1n) return false;
    if (older !== undefined && older.seq !== row.seq - 1n) return false;
    return row.hash === hashEntry(older?.hash ?? GENESIS, row);
  });
}
