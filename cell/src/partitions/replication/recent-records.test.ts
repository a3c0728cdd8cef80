import type { Partition } from '@commerce/contracts/ids';
import { expect, it } from 'vitest';
import type { ChangeRecord } from '../change-log.ts';
import { createRecentRecords } from './recent-records.ts';

const NAME = 'eu-001' as Partition;

const record = (version: bigint, changes = '[]'): ChangeRecord => ({
  partition: NAME,
  epoch: 1n,
  version,
  chain: `chain ${version}`,
  schema: 1,
  changes,
  events: '[]',
  loggedAt: new Date(0),
});

it('gives what follows on a version without a gap, and nothing where there is one', () => {
  const recent = createRecentRecords();
  for (const version of [4n, 3n, 6n]) recent.add(record(version));
  expect(recent.between(NAME, 2n, 4n)?.map(({ version }) => version)).toEqual([3n, 4n]);
  expect(recent.between(NAME, 4n, 4n)).toEqual([]);
  expect(recent.between(NAME, 2n, 6n)).toBeUndefined();
  expect(recent.between('eu-002' as Partition, 2n, 3n)).toBeUndefined();
});

it('keeps the newest up to its size, and forgets all where roles change', () => {
  const recent = createRecentRecords(3_000);
  for (let version = 1n; version <= 10n; version += 1n) {
    recent.add(record(version, ' '.repeat(500)));
  }
  expect(recent.between(NAME, 0n, 1n)).toBeUndefined();
  expect(recent.between(NAME, 9n, 10n)).toHaveLength(1);
  recent.clear();
  expect(recent.between(NAME, 9n, 10n)).toBeUndefined();
});
