import { AppError, Problem } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifySchema } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Media } from './service.ts';

const MediaParams = Type.Object(
  { hash: Type.String({ pattern: '^[0-9a-f]{64}$', examples: ['a'.repeat(64)] }) },
  { additionalProperties: false },
);

/** A drawing that somebody opens on its own is a document: it may style itself and nothing else. */
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/** The bytes of an address never change. */
const FOR_EVER = 'public, max-age=31536000, immutable';

// Not inferred into the handler: the answer is bytes, which no serialiser touches.
const getMediaSchema: FastifySchema = {
  operationId: 'getMedia',
  tags: ['catalogue'],
  summary: 'A picture',
  description: 'The bytes of a picture that the catalogue names. They never change.',
  params: MediaParams,
  querystring: Type.Object({}, { additionalProperties: false }),
  response: {
    200: { description: 'The picture', content: { 'image/*': { schema: Type.String() } } },
    304: { description: 'The client has it', type: 'null' },
    404: Problem,
  },
};

/** Adds `GET /v1/media/{hash}`. */
export function registerMediaRoutes(app: HttpApp, dependencies: { readonly media: Media }): void {
  app.get('/v1/media/:hash', { schema: getMediaSchema }, async (request, reply) => {
    const { hash } = request.params as Static<typeof MediaParams>;
    const picture = await dependencies.media.find(hash);
    if (picture === undefined) {
      throw new AppError('not-found', {
        detail: 'There is no picture of this name.',
        field: 'hash',
      });
    }
    const etag = `"${hash}"`;
    void reply
      .header('etag', etag)
      .header('cache-control', FOR_EVER)
      .header('x-content-type-options', 'nosniff');
    if (picture.contentType === 'image/svg+xml') {
      void reply.header('content-security-policy', SVG_POLICY);
    }
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.header('content-type', picture.contentType).send(picture.bytes);
  });
}
