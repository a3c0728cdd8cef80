import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import type { Customers } from '../modules/customers/index.ts';
import type { Account, Identity } from '../modules/identity/index.ts';
import { skipWhereLost, type UnitOfWork } from '../partitions/unit-of-work.ts';

/**
 * The last step of a sign-up: the claim of a committed account is confirmed in the directory. Nobody
 * is given a token of an account before, so one whose claim was lost meanwhile belongs to nobody, and
 * goes.
 */
export interface ClaimSettlement {
  /**
   * Confirms an account's claim and notes it; removes the account where the claim was lost. May be
   * repeated, by anyone.
   * @throws AppError `unavailable` where the directory does not answer; the account stays as it is
   */
  settle(account: Account): Promise<'confirmed' | 'lost'>;
}

const INTERVAL_MS = 5_000;
/** Younger accounts are left to their own sign-up; it is a third of a claim's lease. */
const AGE_MS_MIN = 10_000;
const BATCH = 50;

interface ClaimSettlementDeps {
  readonly identity: Identity;
  readonly customers: Customers;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

export function createClaimSettlement(deps: Omit<ClaimSettlementDeps, 'clock'>): ClaimSettlement {
  const { identity, customers, unitOfWork } = deps;
  return Object.freeze<ClaimSettlement>({
    async settle(account) {
      const { partition, customerId } = account;
      const outcome = await identity.claims.settle(account);
      const noting = unitOfWork.run(partition, 'settle-claim', async (work) => {
        if (outcome === 'confirmed') {
          await identity.accounts.confirm(work, customerId);
        } else {
          await identity.accounts.remove(work, customerId);
          await customers.remove(work, customerId);
        }
      });
      // A confirmed claim stands in the directory; where the partition has moved meanwhile, its new
      // primary notes that, and the sign-up that waits here has succeeded all the same.
      await (outcome === 'confirmed' ? skipWhereLost(noting) : noting);
      return outcome;
    },
  });
}

/** Finishes sign-ups that were cut off between their commit and the confirmation of their claim. */
export function createClaimsSweep(
  settlement: ClaimSettlement,
  deps: { readonly identity: Identity; readonly clock: Clock },
): Job {
  return {
    name: 'claims-sweep',
    intervalMs: INTERVAL_MS,
    async run(signal) {
      const createdBefore = new Date(deps.clock.nowMs() - AGE_MS_MIN);
      const pending = await deps.identity.accounts.listPending(createdBefore, BATCH);
      for (const account of pending) {
        if (signal.aborted) return false;
        await skipWhereLost(settlement.settle(account));
      }
      return pending.length === BATCH;
    },
  };
}
