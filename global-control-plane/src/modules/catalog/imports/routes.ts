import { ImportOptions, ImportPage, ImportView } from '@commerce/contracts/catalog-imports';
import { Handle } from '@commerce/contracts/catalog';
import { HEADERS } from '@commerce/contracts/headers';
import { idPattern } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Access, VendorRight } from '../../../http/access.ts';
import { readIdempotencyKey } from '../../../http/idempotency-key.ts';
import { toErrorsCsv } from './errors-csv.ts';
import type { ImportingVendor, Imports } from './service.ts';

const tags = ['imports'];
const security = [{ bearer: [] }];
const IMPORT_ID = idPattern('imp');
const ImportParams = Type.Object({ id: Type.String({ pattern: IMPORT_ID }) });
const CSV = 'text/csv';
const JSONL = 'application/x-ndjson';

const vendorParameter = {
  vendor: Type.Optional({
    ...Handle,
    description: 'Slug of the vendor, for operators; staff act for their own',
  }),
};
const StartQuery = Type.Object(
  { ...ImportOptions.properties, ...vendorParameter },
  { additionalProperties: false },
);
const ListQuery = Type.Object(
  {
    ...vendorParameter,
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  },
  { additionalProperties: false },
);

export interface ImportRoutesDeps {
  readonly imports: Imports;
  readonly access: Access;
  /** A vendor by its slug or id. */
  readonly findVendor: (
    key: { readonly slug: string } | { readonly id: string },
  ) => Promise<ImportingVendor | undefined>;
}

/** The vendor that the caller acts for. @throws AppError `forbidden`, `invalid-request`, `not-found` */
async function vendorOf(
  { access, findVendor }: ImportRoutesDeps,
  request: FastifyRequest,
  slug: string | undefined,
  right: VendorRight,
): Promise<ImportingVendor> {
  const caller = await access.requireUser(request);
  if (caller.vendorId === undefined && slug === undefined) {
    await access.requireOperator(request);
    const detail = 'Say for which vendor: vendor=SLUG.';
    throw new AppError('invalid-request', { field: 'vendor', detail });
  }
  const own = caller.vendorId;
  const vendor = await findVendor(slug === undefined ? { id: own as string } : { slug });
  // To those who may not see it, a vendor that is not there looks like another's.
  await access.requireVendor(request, vendor?.id ?? '', right);
  if (vendor === undefined) {
    throw new AppError('not-found', { field: 'vendor', detail: `There is no vendor "${slug}".` });
  }
  return vendor;
}

/** The import, and the caller's right to it. @throws AppError `not-found`, `forbidden` */
async function openImport(
  { imports, access }: ImportRoutesDeps,
  request: FastifyRequest,
  id: string,
  right: VendorRight,
): Promise<ImportView> {
  await access.requireUser(request);
  const found = await imports.find(id);
  if (found === undefined) throw new AppError('not-found', { detail: 'No import has this id.' });
  await access.requireVendor(request, found.vendorId, right);
  return found;
}

/** Routes of imports; their bodies are streams, which only this scope knows. */
export async function registerImportRoutes(app: HttpApp, deps: ImportRoutesDeps): Promise<void> {
  await app.register(async (plain) => registerStart(plain as HttpApp, deps));
  registerReads(app, deps);
  registerActions(app, deps);
}

function registerStart(scope: HttpApp, deps: ImportRoutesDeps): void {
  const { imports } = deps;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser([JSONL, CSV], (_request, payload, done) => {
    done(null, payload);
  });
  scope.post(
    '/v1/catalog/imports',
    {
      schema: {
        tags,
        security,
        summary: 'Import products from a Shopify CSV or from JSON lines',
        description:
          'A CSV is received whole, answered with 202 and worked off afterwards: follow the address in Location. JSON lines, one product each with its pictures and stock, are worked off while they arrive and take dryRun alone. Products are found by their handle: what is new is created, what differs is replaced. Rows that are wrong are reported with their lines, the other products are saved. With dryRun nothing is.',
        consumes: [CSV, JSONL],
        querystring: StartQuery,
        response: { 200: ImportView, 202: ImportView },
      },
    },
    async (request, reply) => {
      const { vendor: slug, ...options } = request.query;
      const vendor = await vendorOf(deps, request, slug, 'write');
      // Categories are the whole shop's.
      if (options.createCategories) await deps.access.requireOperator(request);
      const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
      if (type === undefined) {
        throw new AppError('unsupported-media-type', { detail: `Send ${CSV} or ${JSONL}.` });
      }
      const asked = {
        vendor,
        options,
        idempotencyKey: readIdempotencyKey(request.headers[HEADERS.idempotencyKey]),
        body: request.body as AsyncIterable<Uint8Array>,
      };
      if (type === JSONL) return imports.runJsonl(asked);
      const view = await imports.startCsv(asked);
      void reply.code(202).header('location', `/v1/catalog/imports/${view.id}`);
      return view;
    },
  );
}

function registerReads(app: HttpApp, deps: ImportRoutesDeps): void {
  const { imports } = deps;
  app.get(
    '/v1/catalog/imports',
    {
      schema: {
        tags,
        security,
        summary: 'The vendor’s imports, newest first',
        querystring: ListQuery,
        response: { 200: ImportPage },
      },
    },
    async (request) => {
      const { vendor: slug, cursor, limit } = request.query;
      const vendor = await vendorOf(deps, request, slug, 'read');
      const [before] = cursor === undefined ? [] : decodeCursor(cursor, ['string'] as const);
      if (before !== undefined && !new RegExp(IMPORT_ID).test(before)) {
        throw new AppError('invalid-cursor', { field: 'cursor' });
      }
      // One more than asked for tells whether there is a next page.
      const found = await imports.list(vendor.id, before, limit + 1);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const hasMore = found.length > limit && last !== undefined;
      return { items, nextCursor: hasMore ? encodeCursor([last.id]) : null };
    },
  );
  app.get(
    '/v1/catalog/imports/:id',
    {
      schema: {
        tags,
        security,
        summary: 'How an import goes, or went',
        params: ImportParams,
        response: { 200: ImportView },
      },
    },
    (request) => openImport(deps, request, request.params.id, 'read'),
  );
  app.get(
    '/v1/catalog/imports/:id/errors.csv',
    {
      schema: {
        tags,
        security,
        summary: 'All errors and warnings of an import, as a CSV',
        produces: [CSV],
        params: ImportParams,
      },
    },
    async (request, reply) => {
      const { id } = await openImport(deps, request, request.params.id, 'read');
      return reply
        .type(`${CSV}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="${id}-errors.csv"`)
        .header('x-content-type-options', 'nosniff')
        .send(toErrorsCsv(imports.findings(id)));
    },
  );
}

type Action = 'cancel' | 'resume' | 'apply';

function registerActions(app: HttpApp, deps: ImportRoutesDeps): void {
  const schema = { tags, security, params: ImportParams };
  const act = async (
    action: Action,
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
  ): Promise<ImportView> => {
    const { id } = await openImport(deps, request, request.params.id, 'write');
    const view = await deps.imports[action](id);
    void reply.header('location', `/v1/catalog/imports/${view.id}`);
    return view;
  };
  app.post(
    '/v1/catalog/imports/:id/cancel',
    {
      schema: {
        ...schema,
        summary: 'Stop an import; what it has saved stays',
        response: { 200: ImportView },
      },
    },
    (request, reply) => act('cancel', request, reply),
  );
  app.post(
    '/v1/catalog/imports/:id/resume',
    {
      schema: {
        ...schema,
        summary: 'Go on with an import that was stopped or failed',
        response: { 202: ImportView },
      },
    },
    (request, reply) => act('resume', request, reply.code(202)),
  );
  app.post(
    '/v1/catalog/imports/:id/apply',
    {
      schema: {
        ...schema,
        summary: 'Do what a dry run has judged, with the same file',
        response: { 202: ImportView },
      },
    },
    (request, reply) => act('apply', request, reply.code(202)),
  );
}
