import { v7 as uuidv7 } from 'uuid';

/**
 * Ids of customer-owned data carry their partition, so that every URL, token, webhook and log line
 * can be routed without a look-up, and still can after the partition moved to another cell.
 *
 *   ord_eu1f3_01jd8x…   type, realm + slot (the slot is the last three hex digits), UUIDv7
 *   prd_01jd8x…         a global id: no partition
 *
 * The UUIDv7 is written in Crockford's base32 (26 characters), which sorts like its bytes.
 */

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** The first part of a partition: a jurisdiction, or a tenant shard or growth generation of one. */
export type Realm = Brand<string, 'Realm'>;
/** One slot of a realm, such as `eu-1f3`: the unit of placement, replication and fencing. */
export type Partition = Brand<string, 'Partition'>;
/** One deployment of the cell, such as `eu-de-1`. */
export type CellId = Brand<string, 'CellId'>;

/** Number of slots in every realm. Fixed for life: ids hold the slot in three hex digits. */
export const SLOTS_PER_REALM = 1024;

const REALM_PATTERN = /^[a-z][a-z0-9]{1,11}$/;
const PARTITION_PATTERN = /^([a-z][a-z0-9]{1,11})-([0-3][0-9a-f]{2})$/;
const CELL_PATTERN = /^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,3}$/;

/** Types of ids that live in a partition, with what they name. */
export const PARTITION_ID_TYPES = {
  cart: 'cart',
  lin: 'cart line',
  cus: 'customer',
  grp: 'order group',
  ord: 'order',
  oli: 'order line',
  chg: 'order change',
  shi: 'shipment',
  pay: 'payment',
  att: 'payment attempt',
  mov: 'movement of money',
  res: 'stock reservation',
  tra: 'transfer of personal data',
  ses: 'session (refresh token family)',
  rt: 'refresh token',
} as const;
export type PartitionIdType = keyof typeof PARTITION_ID_TYPES;

/** Types of ids that are global: they belong to the control plane and to no partition. */
export const GLOBAL_ID_TYPES = {
  ven: 'vendor',
  usr: 'user of the control plane',
  prd: 'product',
  var: 'variant',
  cat: 'category',
  imp: 'catalogue import',
  shp: 'shipping option',
  evt: 'event',
  req: 'request',
} as const;
export type GlobalIdType = keyof typeof GLOBAL_ID_TYPES;

export type PartitionId<T extends PartitionIdType = PartitionIdType> = Brand<string, T>;
export type GlobalId<T extends GlobalIdType = GlobalIdType> = Brand<string, T>;

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const UUID_CHARS = '[0-7][0-9a-hjkmnp-tv-z]{25}';

/** Regular expressions (as strings, for JSON schemas) that match ids of one type. */
export function idPattern(type: PartitionIdType | GlobalIdType): string {
  return type in PARTITION_ID_TYPES
    ? `^${type}_[a-z][a-z0-9]{1,11}[0-3][0-9a-f]{2}_${UUID_CHARS}$`
    : `^${type}_${UUID_CHARS}$`;
}

/** Writes 16 bytes as 26 characters of Crockford base32, most significant first. */
export function encodeCrockford(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  // 128 bits in 26 characters: two zero bits are put before the first.
  let bits = 2;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += CROCKFORD[(buffer >> bits) & 31];
      buffer &= (1 << bits) - 1;
    }
  }
  return text;
}

const uuidBytes = new Uint8Array(16);

function newUuidText(): string {
  return encodeCrockford(uuidv7(undefined, uuidBytes));
}

/** Makes a new id of customer-owned data in a partition. */
export function newPartitionId<T extends PartitionIdType>(
  type: T,
  partition: Partition,
): PartitionId<T> {
  return `${type}_${compactPartition(partition)}_${newUuidText()}` as PartitionId<T>;
}

/** Makes a new global id. */
export function newGlobalId<T extends GlobalIdType>(type: T): GlobalId<T> {
  return `${type}_${newUuidText()}` as GlobalId<T>;
}

/** `eu-1f3` → `eu1f3`, the form inside ids. */
export function compactPartition(partition: Partition): string {
  const dash = partition.length - 4;
  return partition.slice(0, dash) + partition.slice(dash + 1);
}

const PARTITION_ID_PATTERN = new RegExp(
  `^([a-z]{2,4})_([a-z][a-z0-9]{1,11})([0-3][0-9a-f]{2})_${UUID_CHARS}$`,
);

/**
 * Reads the partition out of an id of any partition type.
 * Returns undefined where the text is no such id: it may come from anyone.
 */
export function partitionOfId(id: string): Partition | undefined {
  const match = PARTITION_ID_PATTERN.exec(id);
  if (match === null || !((match[1] as string) in PARTITION_ID_TYPES)) return undefined;
  return `${match[2]}-${match[3]}` as Partition;
}

/** Whether the text is an id of this partition type. */
export function isPartitionId<T extends PartitionIdType>(
  type: T,
  text: string,
): text is PartitionId<T> {
  return text.startsWith(`${type}_`) && partitionOfId(text) !== undefined;
}

/** Returns the text as a partition, or undefined where it is none. */
export function parsePartition(text: string): Partition | undefined {
  return PARTITION_PATTERN.test(text) ? (text as Partition) : undefined;
}

/** Returns the text as a realm, or undefined where it is none. */
export function parseRealm(text: string): Realm | undefined {
  return REALM_PATTERN.test(text) ? (text as Realm) : undefined;
}

/** Returns the text as a cell id, or undefined where it is none. */
export function parseCellId(text: string): CellId | undefined {
  return CELL_PATTERN.test(text) ? (text as CellId) : undefined;
}

/** The partition at a slot (0 … 1023) of a realm. */
export function partitionAt(realm: Realm, slot: number): Partition {
  if (!Number.isInteger(slot) || slot < 0 || slot >= SLOTS_PER_REALM) {
    throw new RangeError(`slot ${slot} is not within 0 … ${SLOTS_PER_REALM - 1}`);
  }
  return `${realm}-${slot.toString(16).padStart(3, '0')}` as Partition;
}

/** The realm of a partition. */
export function realmOf(partition: Partition): Realm {
  return partition.slice(0, -4) as Realm;
}

/** The slot (0 … 1023) of a partition. */
export function slotOf(partition: Partition): number {
  return Number.parseInt(partition.slice(-3), 16);
}
