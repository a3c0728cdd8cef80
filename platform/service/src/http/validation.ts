import { Ajv, type Options } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

/**
 * Validation of requests. A JSON body is taken as it is: `"3"` is no number, and an unknown field is
 * refused, not dropped. Path and query are text on the wire, so there numbers are read from text.
 */

function createValidator(options: Options): Ajv {
  const ajv = new Ajv({
    strict: false,
    allErrors: false,
    useDefaults: true,
    removeAdditional: false,
    ...options,
  });
  ajvFormats.default(ajv);
  return ajv;
}

/** A compiler for Fastify with one strict validator for bodies and a coercing one for the rest. */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const body = createValidator({ coerceTypes: false });
  const text = createValidator({ coerceTypes: 'array' });
  return ({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema);
}
