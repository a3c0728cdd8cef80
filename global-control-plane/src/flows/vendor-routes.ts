import { VendorDocument } from '@commerce/contracts/catalog';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { Access } from '../http/access.ts';
import { etagOf } from '../http/preconditions.ts';
import { type IdentityService, NewUser, UserView } from '../modules/identity/index.ts';
import { NewVendor, VendorParams } from '../modules/vendors/index.ts';
import type { VendorCreation } from './create-vendor.ts';

const tags = ['vendors'];
const security = [{ bearer: [] }];

const SignUp = Type.Object(
  { ...NewVendor.properties, owner: NewUser },
  { additionalProperties: false },
);
const NewStaff = Type.Object(
  { ...NewUser.properties, role: Type.Enum(['owner', 'editor', 'viewer']) },
  { additionalProperties: false },
);

/** Routes where vendors and their people meet: sign-up and staff. */
export function registerVendorFlowRoutes(
  app: HttpApp,
  deps: {
    readonly sql: Sql;
    readonly access: Access;
    readonly identity: IdentityService;
    readonly creation: VendorCreation;
    /** Whether a new vendor waits for an operator. */
    readonly review: boolean;
  },
): void {
  const { sql, access, identity, creation } = deps;
  app.post(
    '/v1/vendors',
    {
      config: { idempotent: true },
      schema: {
        tags,
        summary: 'Sign up as a vendor, with the owner who signs in for it',
        description:
          'The vendor ships to every market at default flat rates until it sets its own.',
        body: SignUp,
        response: { 201: VendorDocument },
      },
    },
    async (request, reply) => {
      const { keepAnswer } = request;
      const view = await creation.createVendor(request.body, {
        status: deps.review ? 'pending' : 'active',
        alongside: async (transaction, { vendor, version }) => {
          await keepAnswer?.(transaction, 201, vendor, etagOf(version));
        },
      });
      void reply.code(201).header('etag', etagOf(view.version));
      return view.vendor;
    },
  );
  app.get(
    '/v1/vendors/:id/staff',
    {
      schema: {
        tags,
        security,
        summary: 'Who works for the vendor',
        params: VendorParams,
        response: { 200: Type.Object({ staff: Type.Array(UserView) }) },
      },
    },
    async (request) => {
      await access.requireVendor(request, request.params.id, 'manage');
      return { staff: await identity.listStaff(request.params.id) };
    },
  );
  app.post(
    '/v1/vendors/:id/staff',
    {
      config: { idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Add somebody to the vendor’s staff',
        params: VendorParams,
        body: NewStaff,
        response: { 201: UserView },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const caller = await access.requireVendor(request, id, 'manage');
      // An operator may name any vendor: a user must not be added to one that is not there.
      if (caller.vendorId !== id && !(await identity.hasStaff(id))) throw new AppError('not-found');
      const { role, ...person } = request.body;
      const prepared = await identity.prepareUser(person);
      const { keepAnswer } = request;
      const user = await sql
        .transaction('vendors.add_staff', async (transaction) => {
          const added = await identity.addUser(transaction, prepared, { scope: id, role });
          await keepAnswer?.(transaction, 201, added);
          return added;
        })
        .catch((error: unknown) => identity.refuseTakenEmail(error, '/email'));
      void reply.code(201);
      return user;
    },
  );
}
