import type { Partition } from '@commerce/contracts/ids';
import type { Claim, Directory } from '@commerce/engines/directory/directory';
import type { Clock } from '@commerce/service/clock';
import type { Account, CustomerId } from './account-store.ts';

/** How long an email is kept for a sign-up that has not ended. */
export const CLAIM_LEASE_MS = 30_000;

const KIND = 'email';

/**
 * The reservation of emails in the directory, which makes them unique over all cells. Every method
 * throws AppError `unavailable` where the directory does not answer.
 */
export interface EmailClaims {
  /** Reserves an email for the length of the lease; the claim in the way where it is taken. */
  reserve(
    emailHash: string,
    customerId: string,
    partition: Partition,
  ): Promise<'reserved' | { readonly taken: Claim }>;
  /**
   * Makes the claim of a committed account last. `lost` where its lease ended before and somebody
   * else has the email now.
   */
  settle(
    account: Pick<Account, 'emailHash' | 'customerId' | 'partition'>,
  ): Promise<'confirmed' | 'lost'>;
  /** Frees an email that its owner does not take after all. */
  release(emailHash: string, customerId: CustomerId): Promise<void>;
  lookUp(emailHash: string): Promise<Claim | undefined>;
}

export function createEmailClaims(deps: {
  readonly directory: Pick<
    Directory,
    'reserveClaim' | 'confirmClaim' | 'releaseClaim' | 'lookUpClaim'
  >;
  readonly clock: Clock;
}): EmailClaims {
  const { directory, clock } = deps;
  const reserve: EmailClaims['reserve'] = (hash, owner, partition) =>
    directory.reserveClaim({
      kind: KIND,
      hash,
      owner,
      partition,
      leaseMs: CLAIM_LEASE_MS,
      nowMs: clock.nowMs(),
    });

  return Object.freeze<EmailClaims>({
    reserve,
    async settle({ emailHash, customerId, partition }) {
      const key = { kind: KIND, hash: emailHash };
      if ((await directory.confirmClaim(key, customerId)) === 'confirmed') return 'confirmed';
      // The claim may have gone without anybody taking the email: then it is still to be had.
      if ((await reserve(emailHash, customerId, partition)) !== 'reserved') return 'lost';
      return directory.confirmClaim(key, customerId);
    },
    async release(emailHash, customerId) {
      await directory.releaseClaim({ kind: KIND, hash: emailHash }, customerId);
    },
    lookUp: (emailHash) => directory.lookUpClaim({ kind: KIND, hash: emailHash }),
  });
}
