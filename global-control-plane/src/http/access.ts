import { HEADERS } from '@commerce/contracts/headers';
import { idPattern } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import { bearerOf, type TokenVerifier } from '@commerce/service/auth/tokens';
import type { Clock } from '@commerce/service/clock';
import type { FastifyRequest } from 'fastify';

/** Name of the control plane in tokens: users' access tokens and cells' calls are made out to it. */
export const AUDIENCE = 'control-plane';

export interface UserCaller {
  readonly kind: 'user';
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  /** Vendor that the roles are for; undefined for operators. */
  readonly vendorId: string | undefined;
}

export interface ServiceCaller {
  readonly kind: 'service';
  /** Id of the cell that calls. */
  readonly name: string;
}

export type Caller = UserCaller | ServiceCaller;

/** What a vendor's staff may do, by role; each role may do all that the ones before it may. */
const VENDOR_RIGHTS = {
  read: ['viewer', 'editor', 'owner'],
  write: ['editor', 'owner'],
  manage: ['owner'],
} as const;
export type VendorRight = keyof typeof VENDOR_RIGHTS;

/** Who calls, and whether they may. Every refusal is an AppError of status 401 or 403. */
export interface Access {
  /**
   * The caller by the Authorization header, else by the browser's session; undefined with neither.
   * @throws AppError `invalid-token`, `cross-site`
   */
  identify(request: FastifyRequest): Promise<Caller | undefined>;
  requireUser(request: FastifyRequest): Promise<UserCaller>;
  requireOperator(request: FastifyRequest): Promise<UserCaller>;
  /** A cell, or an operator who looks at what cells see. */
  requireServiceOrOperator(request: FastifyRequest): Promise<Caller>;
  /** The cell of this id and nobody else: what it says is believed of that cell alone. */
  requireCell(request: FastifyRequest, cell: string): Promise<ServiceCaller>;
  /** Staff of this vendor with the right, or an operator. */
  requireVendor(request: FastifyRequest, vendorId: string, right: VendorRight): Promise<UserCaller>;
  /** Staff of any vendor with the right; or an operator who says which vendor they act for. */
  requireVendorStaff(
    request: FastifyRequest,
    right: VendorRight,
  ): Promise<UserCaller & { readonly vendorId: string }>;
}

const VENDOR_ID = new RegExp(idPattern('ven'));

function hasRight(caller: UserCaller, right: VendorRight): boolean {
  const roles: readonly string[] = VENDOR_RIGHTS[right];
  return caller.roles.some((role) => roles.includes(role));
}

function isOperator(caller: Caller): boolean {
  return caller.kind === 'user' && caller.roles.includes('operator');
}

function toUser(claims: Readonly<Record<string, unknown>>): UserCaller {
  const { sub, sid, roles, vendorId } = claims;
  return {
    kind: 'user',
    userId: String(sub),
    sessionId: String(sid),
    roles: Array.isArray(roles) ? roles.map(String) : [],
    vendorId: typeof vendorId === 'string' ? vendorId : undefined,
  };
}

export function createAccess(deps: {
  readonly verifier: TokenVerifier;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
  /** The user whose browser sends a session's cookie. @throws AppError `cross-site` */
  readonly readBrowser: (request: FastifyRequest) => Promise<UserCaller | undefined>;
  readonly vendorExists: (id: string) => Promise<boolean>;
}): Access {
  const known = new WeakMap<FastifyRequest, Promise<Caller | undefined>>();

  const read = async (authorization: string | undefined): Promise<Caller | undefined> => {
    const token = bearerOf(authorization);
    if (token === undefined) return undefined;
    if (token.startsWith('svc.')) {
      const expected = { audience: AUDIENCE, clock: deps.clock };
      return { kind: 'service', name: verifyServiceCall(deps.serviceKey, authorization, expected) };
    }
    return toUser(await deps.verifier.verify(token));
  };

  const identify = (request: FastifyRequest): Promise<Caller | undefined> => {
    let caller = known.get(request);
    if (caller === undefined) {
      const { authorization } = request.headers;
      caller = authorization === undefined ? deps.readBrowser(request) : read(authorization);
      known.set(request, caller);
    }
    return caller;
  };

  const requireCaller = async (request: FastifyRequest): Promise<Caller> => {
    const caller = await identify(request);
    if (caller === undefined) throw new AppError('unauthenticated');
    return caller;
  };

  const requireUser = async (request: FastifyRequest): Promise<UserCaller> => {
    const caller = await requireCaller(request);
    if (caller.kind !== 'user')
      throw new AppError('forbidden', { detail: 'Only users may do this.' });
    return caller;
  };

  /** @throws AppError `invalid-request`, `not-found`, naming the header */
  const actFor = async (operator: UserCaller, vendorId: unknown) => {
    const field = HEADERS.actingVendor;
    if (typeof vendorId !== 'string' || !VENDOR_ID.test(vendorId)) {
      throw new AppError('invalid-request', { field, detail: 'It holds no id of a vendor.' });
    }
    if (!(await deps.vendorExists(vendorId))) {
      throw new AppError('not-found', { field, detail: 'No vendor has this id.' });
    }
    return { ...operator, vendorId };
  };

  return Object.freeze({
    identify,
    requireUser,
    requireOperator: async (request: FastifyRequest) => {
      const caller = await requireUser(request);
      if (!isOperator(caller)) {
        throw new AppError('forbidden', { detail: 'Only operators may do this.' });
      }
      return caller;
    },
    requireServiceOrOperator: async (request: FastifyRequest) => {
      const caller = await requireCaller(request);
      if (caller.kind !== 'service' && !isOperator(caller)) {
        throw new AppError('forbidden', { detail: 'Only cells and operators may read this.' });
      }
      return caller;
    },
    requireCell: async (request: FastifyRequest, cell: string) => {
      const caller = await requireCaller(request);
      if (caller.kind !== 'service' || caller.name !== cell) {
        throw new AppError('forbidden', { detail: `Only the cell ${cell} may do this.` });
      }
      return caller;
    },
    requireVendor: async (request: FastifyRequest, vendorId: string, right: VendorRight) => {
      const caller = await requireUser(request);
      if (isOperator(caller)) return caller;
      if (caller.vendorId !== vendorId) {
        throw new AppError('forbidden', { detail: 'This belongs to another vendor.' });
      }
      if (!hasRight(caller, right)) {
        throw new AppError('forbidden', { detail: `Your role does not allow to ${right} here.` });
      }
      return caller;
    },
    requireVendorStaff: async (request: FastifyRequest, right: VendorRight) => {
      const caller = await requireUser(request);
      const { vendorId } = caller;
      const wanted = request.headers[HEADERS.actingVendor];
      if (wanted !== undefined && isOperator(caller)) return actFor(caller, wanted);
      if (vendorId === undefined || !hasRight(caller, right)) {
        throw new AppError('forbidden', { detail: `Only staff of a vendor may ${right} here.` });
      }
      return { ...caller, vendorId };
    },
  });
}
