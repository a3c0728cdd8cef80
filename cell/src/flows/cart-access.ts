import { AppError } from '@commerce/contracts/problems';

/** Who calls, once a token was verified. */
export interface Principal {
  readonly customerId: string;
  readonly partition: string;
}

/**
 * Whether a caller may see and change something of a customer. A guest's cart is nobody's: its id,
 * which can't be guessed, is the key to it.
 * @throws AppError `unauthenticated` without a token; `not-found` where it is somebody else's, as
 *   whether it exists is nobody's business
 */
export function requireOwner(ownerId: string | null, caller: Principal | undefined): void {
  if (ownerId === null || ownerId === caller?.customerId) return;
  throw new AppError(caller === undefined ? 'unauthenticated' : 'not-found');
}
