import type { Partition } from '@commerce/contracts/ids';
import type { ChangeRecord } from '../change-log.ts';

/**
 * The records that this process has committed last. A standby that is in step gets them from here: the
 * answer that waits for it would wait for the database to read them back as well.
 */
export interface RecentRecords {
  add(record: ChangeRecord): void;
  /** Records past `after` up to `head`, in order; undefined where one of them is not here. */
  between(partition: Partition, after: bigint, head: bigint): ChangeRecord[] | undefined;
  clear(): void;
}

/** Some hundred checkouts: more than a standby that is in step has not been given yet. */
const BYTES_MAX = 4_194_304;
/** What a record takes beside its texts. */
const OVERHEAD_BYTES = 512;

export function createRecentRecords(bytesMax = BYTES_MAX): RecentRecords {
  /** By partition and version, the oldest first. */
  const records = new Map<string, ChangeRecord>();
  let bytes = 0;
  const keyOf = (partition: Partition, version: bigint): string => `${partition} ${version}`;
  const sizeOf = ({ changes, events }: ChangeRecord): number =>
    changes.length + events.length + OVERHEAD_BYTES;
  const drop = (key: string, record: ChangeRecord): void => {
    records.delete(key);
    bytes -= sizeOf(record);
  };
  return {
    add(record) {
      const key = keyOf(record.partition, record.version);
      const former = records.get(key);
      if (former !== undefined) drop(key, former);
      records.set(key, record);
      bytes += sizeOf(record);
      for (const [oldest, kept] of records) {
        if (bytes <= bytesMax) break;
        drop(oldest, kept);
      }
    },
    between(partition, after, head) {
      const found: ChangeRecord[] = [];
      for (let version = after + 1n; version <= head; version += 1n) {
        const record = records.get(keyOf(partition, version));
        if (record === undefined) return undefined;
        found.push(record);
      }
      return found;
    },
    clear() {
      records.clear();
      bytes = 0;
    },
  };
}
