import { HEADERS } from '@commerce/contracts/headers';
import { idPattern } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { Access } from '../../http/access.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import type { Imports } from './imports.ts';

const tags = ['catalog'];
const security = [{ bearer: [] }];
const nullableText = Type.Union([Type.String(), Type.Null()]);

const ImportResult = Type.Object({
  id: Type.String(),
  vendorId: Type.String(),
  state: Type.String(),
  dryRun: Type.Boolean(),
  startedAt: Type.String(),
  finishedAt: nullableText,
  created: Type.Integer(),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  failed: Type.Integer(),
  errors: Type.Array(
    Type.Object({
      line: Type.Integer(),
      code: Type.String(),
      field: nullableText,
      detail: Type.String(),
    }),
  ),
});

/** Routes of imports; the JSONL body is a stream, which only this scope knows. */
export async function registerImportRoutes(
  app: HttpApp,
  deps: { readonly imports: Imports; readonly access: Access },
): Promise<void> {
  const { imports, access } = deps;
  await app.register(async (plain) => {
    const scope = plain as HttpApp;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/x-ndjson', (_request, payload, done) => {
      done(null, payload);
    });
    scope.post(
      '/v1/catalog/imports',
      {
        schema: {
          tags,
          security,
          summary: 'Import products: one JSON object a line, each with its pictures and stock',
          description:
            'Products are found by their handle: what is new is created, what differs is replaced. Lines that are wrong are reported by number, the others are saved. With dryRun nothing is.',
          consumes: ['application/x-ndjson'],
          querystring: Type.Object(
            { dryRun: Type.Boolean({ default: false }) },
            { additionalProperties: false },
          ),
          response: { 200: ImportResult },
        },
      },
      async (request) => {
        const { vendorId } = await access.requireVendorStaff(request, 'write');
        if (request.headers['content-type'] === undefined) {
          throw new AppError('unsupported-media-type', { detail: 'Send application/x-ndjson.' });
        }
        return imports.run({
          vendorId,
          dryRun: request.query.dryRun,
          idempotencyKey: readIdempotencyKey(request.headers[HEADERS.idempotencyKey]),
          body: request.body as AsyncIterable<Uint8Array>,
        });
      },
    );
  });
  app.get(
    '/v1/catalog/imports/:id',
    {
      schema: {
        tags,
        security,
        summary: 'How an import goes, or went',
        params: Type.Object({ id: Type.String({ pattern: idPattern('imp') }) }),
        response: { 200: ImportResult },
      },
    },
    async (request) => {
      await access.requireUser(request);
      const found = await imports.find(request.params.id);
      if (found === undefined)
        throw new AppError('not-found', { detail: 'No import has this id.' });
      await access.requireVendor(request, found.vendorId, 'read');
      return found;
    },
  );
}
