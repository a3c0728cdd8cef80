import fc, { type Arbitrary } from 'fast-check';

/**
 * Requests made from an OpenAPI document: right ones, almost right ones, and garbage. The generators
 * know nothing of the cell but what its document tells, and the values that the caller hands them.
 */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** As much of a JSON schema as the shop's documents use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: Json;
  readonly examples?: readonly Json[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

/** One operation of the document. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
}

/** A request, ready to be sent, with what was done to it. */
export interface FuzzRequest {
  readonly operation: Operation;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | undefined;
  /** A field that the document does not know, where the request has one and is right otherwise. */
  readonly unknownField: string | undefined;
}

/** Right values by the name of a parameter or member, for what a schema alone can't tell. */
export type KnownValues = Readonly<Record<string, () => readonly Json[]>>;

/** Every operation of an OpenAPI document. */
export function operationsOf(document: unknown): readonly Operation[] {
  const { paths } = document as {
    paths: Record<string, Record<string, { parameters?: Parameter[]; requestBody?: unknown }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const body = operation.requestBody as
        | { content: Record<string, { schema: Schema }> }
        | undefined;
      return {
        method: method.toUpperCase(),
        path,
        parameters: operation.parameters ?? [],
        body: Object.values(body?.content ?? {})[0]?.schema,
      };
    }),
  );
}

/** Text that has broken programs before. */
const NASTY_TEXT = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  'undefined',
  '\0',
  'a\0b',
  '%00',
  '%',
  '%ff%fe',
  "'; DROP TABLE carts; --",
  '\u{1f600}',
  '\ud800',
  '\u202egnp.exe',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '{}',
  '[object Object]',
  '<script>alert(1)</script>',
  '${7*7}',
  'a'.repeat(300),
  'é'.repeat(5_000),
] as const;

const nasty: Arbitrary<Json> = fc.oneof(
  fc.constantFrom(...NASTY_TEXT),
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1.5,
    10_001,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    [],
    {},
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }) as Arbitrary<Json>,
);

/** Values that a schema allows. */
function valid(schema: Schema, name: string, known: KnownValues): Arbitrary<Json> {
  const values = known[name];
  if (values !== undefined) return fc.nat().map((at) => values()[at % values().length] ?? null);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) {
    return fc.oneof(...schema.anyOf.map((one) => valid(one, name, known)));
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const members = Object.entries(schema.properties ?? {});
      return fc.record(
        Object.fromEntries(members.map(([key, member]) => [key, valid(member, key, known)])),
        { requiredKeys: [...(schema.required ?? [])] },
      ) as Arbitrary<Json>;
    }
    case 'array': {
      const items = valid(schema.items ?? {}, name, known);
      return fc.array(items, { minLength: schema.minItems ?? 0, maxLength: 4 });
    }
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000_000 });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return validText(schema);
    default:
      return fc.jsonValue() as Arbitrary<Json>;
  }
}

function validText({ pattern, examples, minLength, maxLength }: Schema): Arbitrary<Json> {
  if (examples !== undefined && examples.length > 0) return fc.constantFrom(...examples);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({
    unit: 'binary',
    minLength: minLength ?? 0,
    maxLength: Math.min(maxLength ?? 60, 60),
  });
}

const isRecord = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts a value at one place inside another, found by counting its members. */
function replaceAt(value: Json, place: number, replacement: Json): Json {
  if (Array.isArray(value) && value.length > 0 && place % 5 !== 0) {
    const at = place % value.length;
    return value.map((item: Json, index) =>
      index === at ? replaceAt(item, Math.floor(place / 5), replacement) : item,
    );
  }
  if (isRecord(value) && Object.keys(value).length > 0 && place % 5 !== 0) {
    const keys = Object.keys(value);
    const at = keys[place % keys.length] ?? '';
    return { ...value, [at]: replaceAt(value[at] ?? null, Math.floor(place / 5), replacement) };
  }
  return replacement;
}

function withoutMember(value: Json, place: number): Json {
  if (!isRecord(value)) return value;
  const keys = Object.keys(value);
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => key !== keys[place % keys.length]),
  );
}

/** Text that is sent for JSON, right or not. */
const BROKEN_JSON = [
  '',
  '{',
  '{"a":1,}',
  '[1,2',
  'null',
  '"text"',
  '\ufeff{}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '['.repeat(20_000),
  `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
  '{"quantity":1e400}',
  '{"quantity":NaN}',
  '{"email":"\\ud800@example.com"}',
] as const;

const UNKNOWN_FIELDS = [
  'admin',
  'price',
  '__proto_',
  'customer_id',
  'ünknown',
  'Quantity',
] as const;

interface Body {
  readonly text: string | undefined;
  readonly unknownField?: string;
}

function bodyOf(schema: Schema | undefined, known: KnownValues): Arbitrary<Body> {
  if (schema === undefined) {
    return fc.oneof(
      { weight: 6, arbitrary: fc.constant({ text: undefined }) },
      { weight: 1, arbitrary: fc.constantFrom(...BROKEN_JSON).map((text) => ({ text })) },
    );
  }
  const right = valid(schema, 'body', known);
  return fc.oneof(
    { weight: 5, arbitrary: right.map((value) => ({ text: JSON.stringify(value) })) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(right, fc.nat(), nasty)
        .map(([value, place, bad]) => ({ text: JSON.stringify(replaceAt(value, place, bad)) })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(right, fc.nat())
        .map(([value, place]) => ({ text: JSON.stringify(withoutMember(value, place)) })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(right, fc.constantFrom(...UNKNOWN_FIELDS), nasty)
        .map(([value, name, bad]) =>
          isRecord(value)
            ? { text: JSON.stringify({ ...value, [name]: bad }), unknownField: name }
            : { text: JSON.stringify([value, { [name]: bad }]) },
        ),
    },
    { weight: 2, arbitrary: fc.constantFrom(...BROKEN_JSON).map((text) => ({ text })) },
  );
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const scalar = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** One parameter's value, mostly a right one; a path without a value is another path. */
function valueOf(parameter: Parameter, known: KnownValues, wrong: boolean): Arbitrary<string> {
  const right = valid(parameter.schema, parameter.name, known).map(scalar);
  return wrong ? fc.oneof(fc.constantFrom(...NASTY_TEXT), nasty.map(scalar)) : right;
}

interface Target {
  readonly url: string;
  readonly unknownField?: string;
}

const sometimes = (oneIn: number): Arbitrary<boolean> =>
  fc.nat({ max: oneIn - 1 }).map((at) => at === 0);

function targetOf(operation: Operation, known: KnownValues): Arbitrary<Target> {
  const named = (place: string) => operation.parameters.filter((one) => one.in === place);
  const pair = (parameter: Parameter, oneIn: number) =>
    sometimes(oneIn).chain((wrong) =>
      valueOf(parameter, known, wrong).map((value) => [parameter.name, value] as const),
    );
  const path = fc.tuple(...named('path').map((one) => pair(one, 8)));
  const query = fc.tuple(
    ...named('query').map((one) => fc.option(pair(one, 5), { nil: undefined, freq: 2 })),
  );
  const extra = fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('unknown') },
    { weight: 1, arbitrary: fc.constant('twice') },
    { weight: 1, arbitrary: fc.constant('raw') },
  );
  return fc
    .tuple(path, query, extra, fc.constantFrom(...NASTY_TEXT))
    .map(([parts, pairs, more, bad]) => {
      const values = new Map(parts);
      const target = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
        encode(values.get(name) ?? ''),
      );
      const search = pairs.flatMap((one) =>
        one === undefined ? [] : [`${encode(one[0])}=${encode(one[1])}`],
      );
      if (more === 'twice') search.push(...search);
      if (more === 'unknown') search.push(`nobody-knows=${encode(bad)}`);
      if (more === 'raw') search.push('%', 'a=%ff', '=', 'language[]=de', '__proto__=1');
      const url = search.length === 0 ? target : `${target}?${search.join('&')}`;
      return { url, ...(more === 'unknown' && { unknownField: 'nobody-knows' }) };
    });
}

const CONTENT_TYPES = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-16',
  'application/json;;;',
  'multipart/form-data; boundary=x',
  '*/*',
  '',
] as const;

/** Headers that every operation reads, mostly right ones. */
function headersOf(tokens: () => readonly string[]): Arbitrary<Record<string, string>> {
  const optional = <Value>(arbitrary: Arbitrary<Value>, freq: number) =>
    fc.option(arbitrary, { nil: undefined, freq });
  return fc
    .record({
      authorization: optional(
        fc.oneof(
          { weight: 5, arbitrary: fc.nat().map((at) => tokens()[at % tokens().length] ?? '') },
          {
            weight: 1,
            arbitrary: fc.constantFrom('Bearer', 'Bearer a.b.c', 'Basic YTpi', 'x'.repeat(9_000)),
          },
        ),
        2,
      ),
      'idempotency-key': optional(
        fc.oneof(
          { weight: 6, arbitrary: fc.uuid() },
          { weight: 2, arbitrary: fc.constantFrom('again-1', 'again-2') },
          { weight: 1, arbitrary: fc.constantFrom('', 'a b', 'é', 'k'.repeat(300)) },
        ),
        4,
      ),
      'content-type': fc.oneof(
        { weight: 12, arbitrary: fc.constant('application/json') },
        { weight: 1, arbitrary: fc.constantFrom(...CONTENT_TYPES) },
      ),
      'accept-language': optional(
        fc.constantFrom('de', '*', 'x-y-z;q=9', ','.repeat(4_000), 'é'),
        1,
      ),
      'x-client-country': optional(fc.constantFrom('DE', 'FR', 'XX', 'de', '', '__'), 1),
      'if-none-match': optional(fc.constantFrom('*', '"', 'W/"x"'), 1),
      'x-request-id': optional(fc.constantFrom('\t', 'a'.repeat(500), '12345678'), 1),
    })
    .map((headers) =>
      Object.fromEntries(
        Object.entries(headers).filter(
          (entry): entry is [string, string] => entry[1] !== undefined,
        ),
      ),
    );
}

/** Any request of any of the operations. @param tokens values of Authorization that are right */
export function requestsOf(
  operations: readonly Operation[],
  known: KnownValues,
  tokens: () => readonly string[],
): Arbitrary<FuzzRequest> {
  return fc.oneof(
    ...operations.map((operation) =>
      fc
        .tuple(targetOf(operation, known), headersOf(tokens), bodyOf(operation.body, known))
        .map(([target, { 'content-type': contentType, ...headers }, body]) => ({
          operation,
          url: target.url,
          headers:
            body.text === undefined || contentType === undefined
              ? headers
              : { ...headers, 'content-type': contentType },
          payload: body.text,
          unknownField: body.unknownField ?? target.unknownField,
        })),
    ),
  );
}
