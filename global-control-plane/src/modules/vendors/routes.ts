import { VendorDocument } from '@commerce/contracts/catalog';
import { idPattern } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import { Type } from 'typebox';
import type { Access } from '../../http/access.ts';
import { etagOf, readIfMatch } from '../../http/preconditions.ts';
import { RateInputs, VendorPage, VendorParams, VendorPatch } from './schema.ts';
import type { VendorService } from './service.ts';

const tags = ['vendors'];
const security = [{ bearer: [] }];
const ID_PATTERN = new RegExp(idPattern('ven'));

/** @throws AppError `invalid-cursor` */
function readCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const [id] = decodeCursor(cursor, ['string'] as const);
  if (!ID_PATTERN.test(id)) throw new AppError('invalid-cursor', { field: 'cursor' });
  return id;
}

export function registerVendorRoutes(
  app: HttpApp,
  deps: { readonly vendors: VendorService; readonly access: Access },
): void {
  registerReads(app, deps);
  registerWrites(app, deps);
}

type Deps = Parameters<typeof registerVendorRoutes>[1];

function registerReads(app: HttpApp, { vendors, access }: Deps): void {
  app.get(
    '/v1/vendors',
    {
      schema: {
        tags,
        security,
        summary: 'Vendors: an operator sees all, staff their own',
        querystring: Type.Object(
          {
            cursor: Type.Optional(Type.String({ maxLength: 200 })),
            limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
            status: Type.Optional(
              Type.Enum(['pending', 'active', 'suspended'], {
                description: 'Only vendors of this status.',
              }),
            ),
            q: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 100,
                // The database's text can't hold the character 0.
                pattern: '^[^\\u0000]*$',
                description: 'Part of the name or the slug.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: VendorPage },
      },
    },
    async (request) => {
      const caller = await access.requireUser(request);
      if (!caller.roles.includes('operator')) {
        const own =
          caller.vendorId === undefined ? undefined : await vendors.findVendor(caller.vendorId);
        return { items: own === undefined ? [] : [own.vendor], nextCursor: null };
      }
      const { cursor, limit, status, q: text } = request.query;
      const filter = { status, text, limit: limit + 1 };
      const views = await vendors.listVendors(readCursor(cursor), filter);
      const shown = views.slice(0, limit).map(({ vendor }) => vendor);
      const last = shown.at(-1);
      const nextCursor =
        views.length > limit && last !== undefined ? encodeCursor([last.id]) : null;
      return { items: shown, nextCursor };
    },
  );
  app.get(
    '/v1/vendors/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One vendor, with its ETag',
        params: VendorParams,
        response: { 200: VendorDocument },
      },
    },
    async (request, reply) => {
      await access.requireVendor(request, request.params.id, 'read');
      const view = await vendors.findVendor(request.params.id);
      if (view === undefined) throw new AppError('not-found', { detail: 'No vendor has this id.' });
      void reply.header('etag', etagOf(view.version));
      return view.vendor;
    },
  );
}

function registerWrites(app: HttpApp, { vendors, access }: Deps): void {
  app.patch(
    '/v1/vendors/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Change a vendor; the status by operators only',
        params: VendorParams,
        body: VendorPatch,
        response: { 200: VendorDocument },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await access.requireVendor(request, id, 'manage');
      if (request.body.status !== undefined) await access.requireOperator(request);
      const ifMatch = readIfMatch(request.headers['if-match']);
      const view = await vendors.editVendor(id, ifMatch, request.body);
      void reply.header('etag', etagOf(view.version));
      return view.vendor;
    },
  );
  app.put(
    '/v1/vendors/:id/shipping-rates',
    {
      schema: {
        tags,
        security,
        summary: 'Replace the flat rates',
        params: VendorParams,
        body: RateInputs,
        response: { 200: VendorDocument },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await access.requireVendor(request, id, 'manage');
      const ifMatch = readIfMatch(request.headers['if-match']);
      const view = await vendors.replaceShippingRates(id, ifMatch, request.body);
      void reply.header('etag', etagOf(view.version));
      return view.vendor;
    },
  );
}
