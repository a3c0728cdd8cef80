import {
  isPartitionId,
  type Partition,
  type PartitionId,
  parsePartition,
  partitionOfId,
  realmOf,
} from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { bearerOf, type TokenIssuer, type TokenVerifier } from '@commerce/service/auth/tokens';
import type { CustomerId } from './account-store.ts';
import type { SessionId } from './session-store.ts';

/** How long an access token is valid. It is not looked up anywhere, so it can't be revoked. */
export const ACCESS_TOKEN_LIFETIME_S = 15 * 60;
/** Audience of the shop API's tokens. */
export const SHOP_AUDIENCE = 'shop';
const SCOPE = 'shopper';

/** Who a request comes from. */
export interface Caller {
  readonly customerId: CustomerId;
  readonly partition: Partition;
  readonly sessionId: SessionId;
}

/** As much of a request as authentication reads. */
export interface AuthenticatedRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

export interface AccessTokens {
  issue(caller: Caller): Promise<string>;
  /**
   * Who sends the request; undefined where it carries no token.
   * @throws AppError `invalid-token` where its token is not valid
   */
  authenticate(request: AuthenticatedRequest): Promise<Caller | undefined>;
}

function toCaller(claims: Readonly<Record<string, unknown>>): Caller | undefined {
  const { sub, part, sid, iss, scope } = claims;
  if (typeof sub !== 'string' || typeof part !== 'string' || typeof sid !== 'string') return;
  const partition = parsePartition(part);
  if (partition === undefined || scope !== SCOPE) return;
  // A realm signs for its own partitions only, whatever keys its token is believed by.
  if (iss !== realmOf(partition)) return;
  if (!isPartitionId('cus', sub) || partitionOfId(sub) !== partition) return;
  if (!isPartitionId('ses', sid) || partitionOfId(sid) !== partition) return;
  return { customerId: sub, partition, sessionId: sid as PartitionId<'ses'> };
}

export function createAccessTokens(deps: {
  /** Signs with the realm's key; its issuer is the realm, its audience `shop`. */
  readonly issuer: TokenIssuer;
  /** Believes every realm's key, for the audience `shop`. */
  readonly verifier: TokenVerifier;
}): AccessTokens {
  return Object.freeze<AccessTokens>({
    issue: ({ customerId, partition, sessionId }) =>
      deps.issuer.issue(
        customerId,
        { part: partition, scope: SCOPE, sid: sessionId },
        ACCESS_TOKEN_LIFETIME_S,
      ),
    async authenticate(request) {
      const token = bearerOf(request.headers.authorization);
      if (token === undefined) return undefined;
      const caller = toCaller(await deps.verifier.verify(token));
      if (caller === undefined) throw new AppError('invalid-token', { field: 'authorization' });
      return caller;
    },
  });
}
