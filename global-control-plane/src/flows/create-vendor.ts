import { createHash } from 'node:crypto';
import { newGlobalId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { ClaimKey, Directory } from '@commerce/engines/directory/directory';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { IdentityService, NewUser } from '../modules/identity/index.ts';
import type {
  defaultRates,
  NewVendor,
  RateInput,
  VendorService,
  VendorStatus,
  VendorView,
} from '../modules/vendors/index.ts';

export interface VendorSignUp extends NewVendor {
  readonly owner: NewUser;
}

export interface CreateVendorDeps {
  readonly sql: Sql;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly identity: IdentityService;
  readonly vendors: VendorService;
  readonly defaultRates: typeof defaultRates;
}

/** Time to finish a sign-up; a slug whose sign-up died is free again after it. */
const LEASE_MS = 60_000;

/** A slug is public, so unlike an email's its hash needs no secret key: it only fits the format. */
function claimOf(slug: string): ClaimKey {
  return { kind: 'vendor-slug', hash: createHash('sha256').update(slug).digest('hex') };
}

export type VendorCreation = ReturnType<typeof createVendorCreation>;

/**
 * Makes a vendor with its owner: reserve the slug in the directory, write all in one transaction,
 * confirm the slug. A crash before the transaction frees the slug with its lease; one after it is
 * made good by `confirmSlugs`, since the vendor's row knows that its slug is not confirmed.
 */
export function createVendorCreation(deps: CreateVendorDeps) {
  const { sql, directory, clock, identity, vendors } = deps;

  const confirm = async (id: string, slug: string): Promise<void> => {
    const key = claimOf(slug);
    if ((await directory.confirmClaim(key, id)) === 'lost') {
      // The lease ended, and the table's unique key says that nobody else may have it: take it again.
      const nowMs = clock.nowMs();
      const reservation = { ...key, owner: id, partition: undefined, leaseMs: LEASE_MS, nowMs };
      await directory.reserveClaim(reservation);
      if ((await directory.confirmClaim(key, id)) === 'lost') return;
    }
    await vendors.markClaimed(id);
  };

  return Object.freeze({
    /**
     * @throws AppError `slug-taken`, `email-taken`, `unprocessable`, each naming the field;
     *   `unavailable` where the directory does not answer
     */
    createVendor: async (
      signUp: VendorSignUp,
      options: {
        readonly status: VendorStatus;
        /** Without them a new vendor ships at the default rates. */
        readonly rates?: readonly RateInput[];
        readonly alongside?: (transaction: SqlReader, view: VendorView) => Promise<void>;
      },
    ): Promise<VendorView> => {
      const owner = await identity.prepareUser(signUp.owner);
      const id = newGlobalId('ven');
      const { name, slug, country } = signUp;
      const key = claimOf(slug);
      const reserved = await directory.reserveClaim({
        ...key,
        owner: id,
        partition: undefined,
        leaseMs: LEASE_MS,
        nowMs: clock.nowMs(),
      });
      if (reserved !== 'reserved') throw new AppError('slug-taken', { field: '/slug' });
      const rates = options.rates ?? deps.defaultRates();
      try {
        const view = await sql.transaction('vendors.create', async (transaction) => {
          await identity.addUser(transaction, owner, { scope: id, role: 'owner' });
          const vendor = { id, name, slug, country, status: options.status };
          const added = await vendors.addVendor(transaction, vendor, rates);
          await options.alongside?.(transaction, added);
          return added;
        });
        vendors.announce();
        // The vendor is there; a directory that is away now is asked again by the job.
        await confirm(id, slug).catch(() => undefined);
        return view;
      } catch (error) {
        await directory.releaseClaim(key, id).catch(() => undefined);
        return identity.refuseTakenEmail(error, '/owner/email');
      }
    },

    /** Confirms the slugs of vendors whose sign-up stopped half-way. @throws AppError `unavailable` */
    confirmSlugs: async (): Promise<void> => {
      for (const { id, slug } of await vendors.listUnclaimed()) await confirm(id, slug);
    },
  });
}
