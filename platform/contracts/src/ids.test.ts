import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeCrockford,
  idPattern,
  isPartitionId,
  newGlobalId,
  newPartitionId,
  PARTITION_ID_TYPES,
  type PartitionIdType,
  parsePartition,
  partitionAt,
  partitionOfId,
  parseRealm,
  type Realm,
  realmOf,
  SLOTS_PER_REALM,
  slotOf,
} from './ids.ts';

const realms = fc.stringMatching(/^[a-z][a-z0-9]{1,11}$/).map((text) => text as Realm);
const slots = fc.integer({ min: 0, max: SLOTS_PER_REALM - 1 });
const types = fc.constantFrom(...(Object.keys(PARTITION_ID_TYPES) as PartitionIdType[]));

describe('ids', () => {
  test('an id gives back the partition that it was made in', () => {
    fc.assert(
      fc.property(realms, slots, types, (realm, slot, type) => {
        const partition = partitionAt(realm, slot);
        const id = newPartitionId(type, partition);
        expect(partitionOfId(id)).toBe(partition);
        expect(isPartitionId(type, id)).toBe(true);
        expect(id).toMatch(new RegExp(idPattern(type)));
        expect(realmOf(partition)).toBe(realm);
        expect(slotOf(partition)).toBe(slot);
      }),
    );
  });

  test('ids made one after the other sort in that order', () => {
    const partition = partitionAt('eu' as Realm, 499);
    const ids = Array.from({ length: 1000 }, () => newPartitionId('ord', partition));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(1000);
  });

  test.each(['', 'ord_', 'ord_eu1f3_', 'prd_eu1f3_01jd', 'ord_eu4f3_01jd8xk2v3qd7m0p5ay6hn9w1c'])(
    'what is no id has no partition: %j',
    (text) => {
      expect(partitionOfId(text)).toBeUndefined();
    },
  );

  test('a global id has no partition', () => {
    expect(partitionOfId(newGlobalId('prd'))).toBeUndefined();
  });

  test('Crockford base32 keeps the order of the bytes and all 128 bits', () => {
    expect(encodeCrockford(new Uint8Array(16))).toBe('0'.repeat(26));
    expect(encodeCrockford(new Uint8Array(16).fill(255))).toBe(`7${'z'.repeat(25)}`);
  });

  test('partitions outside a realm are refused', () => {
    expect(() => partitionAt('eu' as Realm, SLOTS_PER_REALM)).toThrow(RangeError);
    expect(parsePartition('eu-400')).toBeUndefined();
    expect(parseRealm('EU')).toBeUndefined();
  });
});
