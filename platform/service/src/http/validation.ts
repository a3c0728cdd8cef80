import { createRequire } from 'node:module';
import type { FastifySchemaCompiler } from 'fastify';

/**
 * Validation of requests. A JSON body is taken as it is: `"3"` is no number, and an unknown field is
 * refused, not dropped. Path and query are text on the wire, so there numbers are read from text.
 */

interface AjvLike {
  compile(schema: unknown): unknown;
}
type AjvConstructor = new (options: Record<string, unknown>) => AjvLike;

const require = createRequire(import.meta.url);

function loadAjv(): { Ajv: AjvConstructor; addFormats: (ajv: AjvLike) => unknown } {
  const Ajv = require('ajv') as { default: AjvConstructor };
  const formats = require('ajv-formats') as { default: (ajv: AjvLike) => unknown };
  return { Ajv: Ajv.default, addFormats: formats.default };
}

/** A compiler for Fastify with one strict validator for bodies and a coercing one for the rest. */
export function createValidatorCompiler(): FastifySchemaCompiler<unknown> {
  const { Ajv, addFormats } = loadAjv();
  const common = { strict: false, allErrors: false, useDefaults: true, removeAdditional: false };
  const body = new Ajv({ ...common, coerceTypes: false });
  const text = new Ajv({ ...common, coerceTypes: 'array' });
  addFormats(body);
  addFormats(text);
  return (({ schema, httpPart }: { schema: unknown; httpPart?: string }) =>
    (httpPart === 'body' ? body : text).compile(schema)) as FastifySchemaCompiler<unknown>;
}
