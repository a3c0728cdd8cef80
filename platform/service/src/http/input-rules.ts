import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from './app.ts';
import { Type } from 'typebox';

/**
 * What holds for the input of every route, so that no route has to remember it: a parameter that no
 * document knows is refused, and so is text that no store can hold.
 */

const NO_PARAMETERS = Type.Object({}, { additionalProperties: false });

/**
 * Bodies are read as they come. Said so, as what is compressed would pass for malformed JSON.
 * @throws AppError `unsupported-media-type` naming the header
 */
function refuseEncoded(encoding: string | undefined): void {
  if (encoding === undefined || encoding === 'identity') return;
  throw new AppError('unsupported-media-type', {
    field: 'content-encoding',
    detail: 'Send the body as it is, without an encoding.',
  });
}

/** Refuses whatever parameters come to the routes that are added from here on and document none. */
export function refuseUnknownParameters(app: HttpApp): void {
  app.addHook('onRoute', (route) => {
    if (route.schema?.hide === true || route.schema?.querystring !== undefined) return;
    route.schema = { ...route.schema, querystring: NO_PARAMETERS };
  });
}

/** Adds the rules to all routes that are added to the app from here on. */
export function addInputRules(app: HttpApp): void {
  // Fastify reads it by itself, and no route takes it.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', (request, _reply, done) => {
    refuseEncoded(request.headers['content-encoding']);
    done();
  });
  refuseUnknownParameters(app);
  // After validation, which bounds how deep a body is.
  app.addHook('preHandler', (request, _reply, done) => {
    // NUL travels in an address only in this form, and half a surrogate pair in none.
    if (request.url.includes('%00')) {
      refuseUnstorable('params', request.params);
      refuseUnstorable('querystring', request.query);
    }
    if (typeof request.body === 'object' && !Buffer.isBuffer(request.body)) {
      refuseUnstorable('body', request.body);
    }
    done();
  });
}

type Part = 'params' | 'querystring' | 'body';

/**
 * PostgreSQL stores neither NUL nor half of a surrogate pair, and no name, street or word has them.
 * @throws AppError `invalid-request` naming the field
 */
function refuseUnstorable(part: Part, value: unknown): void {
  const field = findUnstorable(value);
  if (field === undefined) return;
  throw new AppError('invalid-request', {
    field: field === '' ? part : field,
    detail: `${part} field "${field}" has a character that no text may have.`,
  });
}

/** Path of the first text that can't be stored; undefined where there is none. */
function findUnstorable(value: unknown): string | undefined {
  if (typeof value === 'string') {
    return value.includes('\0') || !value.isWellFormed() ? '' : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const inside = findUnstorable(member);
    if (inside !== undefined) return inside === '' ? name : `${name}/${inside}`;
  }
  return undefined;
}
