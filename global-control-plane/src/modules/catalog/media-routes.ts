import type { MediaDocument } from '@commerce/contracts/catalog';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { Access } from '../../http/access.ts';
import type { CatalogFeed } from './feed.ts';
import { PICTURE_BYTES_MAX, readPicture } from './pictures.ts';
import type { CatalogService } from './service.ts';

const tags = ['catalog'];
const Uploaded = Type.Object({
  hash: Type.String(),
  contentType: Type.String(),
  bytes: Type.Integer(),
});

/** Routes whose bodies are pictures; their parser is known inside this scope only. */
export async function registerMediaRoutes(
  app: HttpApp,
  deps: { readonly catalog: CatalogService; readonly feed: CatalogFeed; readonly access: Access },
): Promise<void> {
  await app.register(async (plain) => {
    const scope = plain as HttpApp;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      /^image\//,
      { parseAs: 'buffer', bodyLimit: PICTURE_BYTES_MAX },
      (_request, body, done) => done(null, body),
    );
    scope.post(
      '/v1/catalog/media',
      {
        config: { idempotent: true },
        bodyLimit: PICTURE_BYTES_MAX,
        schema: {
          tags,
          security: [{ bearer: [] }],
          summary: 'Upload a picture: SVG, PNG, JPEG or WebP of at most 48 KiB, as the body',
          consumes: ['image/svg+xml', 'image/png', 'image/jpeg', 'image/webp'],
          response: { 201: Uploaded },
        },
      },
      async (request, reply) => {
        const { vendorId } = await deps.access.requireVendorStaff(request, 'write');
        const { body } = request;
        if (!Buffer.isBuffer(body) || body.length === 0) {
          throw new AppError('invalid-request', {
            field: 'body',
            detail: 'Send the picture as the body.',
          });
        }
        const picture = readPicture(request.headers['content-type'] ?? '', body, 'body');
        const { hash, contentType, bytes } = picture;
        const answer = { hash, contentType, bytes: bytes.length };
        await deps.catalog.addPicture(vendorId, picture, async (sql) => {
          await request.keepAnswer?.(sql, 201, answer);
        });
        void reply.code(201);
        return answer;
      },
    );
  });
  app.get(
    '/v1/catalog/media/:hash',
    {
      schema: {
        tags,
        summary: 'A picture',
        params: Type.Object({ hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
      },
    },
    async (request, reply) => {
      const text = await deps.feed.document('media', request.params.hash);
      if (text === undefined)
        throw new AppError('not-found', { detail: 'No picture has this hash.' });
      const { contentType, base64 } = JSON.parse(text) as MediaDocument;
      return reply
        .type(contentType)
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        .header('x-content-type-options', 'nosniff')
        .send(Buffer.from(base64, 'base64'));
    },
  );
}
