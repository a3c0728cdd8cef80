import type { CellDescriptor } from '@commerce/contracts/cells';
import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';

/**
 * The directory: where partitions live, which cells there are, which evacuations are wished for, and
 * which names are taken. It is the one store that all cells, routers and the control plane share, and it is off the request path but
 * for sign-up and the first sign-in on a device.
 *
 * Every write is a conditional write of one item, so that of any number of writers one wins; every
 * read is consistent. Every method throws `AppError('unavailable')`, with the cause, where the
 * directory can't be reached or does not answer in time: the write may then have happened or not,
 * and whoever needs to know reads it back.
 */
export interface Directory {
  /** Creates the tables that are missing and waits until they can be used. May run many times. */
  ensureTables(): Promise<void>;

  /**
   * The realm's table of placements, or undefined where the realm is unknown or has no version
   * newer than the one given. A reader that refreshes often gives the version it holds.
   * @throws AppError `internal-error` where the stored table is damaged.
   */
  readPlacements(
    realm: Realm,
    options?: { readonly ifNewerThan?: number },
  ): Promise<PlacementTable | undefined>;

  /** Writes the first table of a realm; `conflict` where the realm has one already. */
  createPlacements(table: PlacementTable): Promise<WriteOutcome>;

  /**
   * Replaces a realm's table if its version is still the one expected.
   * @throws RangeError where the new table's version is not the expected one plus one.
   */
  replacePlacements(table: PlacementTable, expectedVersion: number): Promise<WriteOutcome>;

  /** All cells, in the order of their ids. */
  listCells(): Promise<readonly VersionedCell[]>;

  /** One cell, or undefined where there is none of this id. */
  readCell(id: CellId): Promise<VersionedCell | undefined>;

  /**
   * Writes a cell if its version is still the one expected (undefined: if there is none yet).
   * The version written is the expected one plus one; the first is 1.
   */
  putCell(cell: CellDescriptor, expectedVersion: number | undefined): Promise<WriteOutcome>;

  /**
   * Reserves a unique name for its owner until the lease ends. The same owner may reserve again,
   * which renews the lease; an unconfirmed claim whose lease ended may be taken over by anyone.
   * Returns the claim in the way where there is one; a claim that the same owner has confirmed is
   * returned as well, since it needs no reservation.
   * @throws RangeError where kind, hash or lease is not well formed.
   */
  reserveClaim(reservation: ClaimReservation): Promise<'reserved' | { readonly taken: Claim }>;

  /**
   * Makes a reservation last. `lost` where the claim is not the owner's: its lease ended and
   * somebody else took it, or it was never there. Confirming twice is the same as once.
   */
  confirmClaim(key: ClaimKey, owner: string): Promise<'confirmed' | 'lost'>;

  /**
   * Frees a name. `not-owner` where somebody else holds it. Releasing twice is the same as once,
   * so a claim that is not there counts as released.
   */
  releaseClaim(key: ClaimKey, owner: string): Promise<'released' | 'not-owner'>;

  /** The claim on a name, or undefined where there is none. An ended lease is shown as it is. */
  lookUpClaim(key: ClaimKey): Promise<Claim | undefined>;

  /** All evacuations, the newest first. */
  listPlans(): Promise<readonly VersionedPlan[]>;

  /** One evacuation, or undefined where there is none of this id. */
  readPlan(id: string): Promise<VersionedPlan | undefined>;

  /**
   * Writes an evacuation if its version is still the one expected (undefined: if there is none yet).
   * The version written is the expected one plus one; the first is 1.
   * @throws TypeError where the plan is not well formed
   */
  putPlan(plan: EvacuationPlan, expectedVersion: number | undefined): Promise<WriteOutcome>;

  /** Closes connections. No method may be called afterwards. */
  close(): void;
}

export type WriteOutcome = 'written' | 'conflict';

export interface VersionedCell {
  readonly cell: CellDescriptor;
  /** Grows by one at each write. */
  readonly version: number;
}

export interface VersionedPlan {
  readonly plan: EvacuationPlan;
  /** Grows by one at each write. */
  readonly version: number;
}

/** Names a claim. The name itself is never in the directory, only a keyed hash of it. */
export interface ClaimKey {
  /** Such as `email`, `phone`, `vendor-slug`. */
  readonly kind: string;
  /** HMAC of the normalised name, in lower-case hex (32 … 128 digits). */
  readonly hash: string;
}

export interface Claim {
  /** Id of the customer, vendor or other thing that holds the name. */
  readonly owner: string;
  /** Partition of the owner; undefined where the owner is global. */
  readonly partition: Partition | undefined;
  readonly state: 'reserved' | 'confirmed';
  /** End of the lease, in milliseconds since 1970; undefined once confirmed. */
  readonly leaseEndsAtMs: number | undefined;
}

export interface ClaimReservation extends ClaimKey {
  readonly owner: string;
  readonly partition: Partition | undefined;
  /** How long the name is kept without a confirmation, in milliseconds. */
  readonly leaseMs: number;
  /** The present time, in milliseconds since 1970. */
  readonly nowMs: number;
}

const KIND_PATTERN = /^[a-z][a-z-]{1,30}$/;
const HASH_PATTERN = /^[0-9a-f]{32,128}$/;

/**
 * Checks a claim's key, for adapters: a name in clear must never reach the store by mistake.
 * @throws RangeError where kind or hash is not well formed.
 */
export function assertClaimKey(key: ClaimKey): void {
  if (!KIND_PATTERN.test(key.kind)) throw new RangeError('the kind of a claim is not well formed');
  if (!HASH_PATTERN.test(key.hash)) throw new RangeError('the hash of a claim is not hex');
}
