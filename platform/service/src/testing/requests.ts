import fc, { type Arbitrary } from 'fast-check';
import { BROKEN_JSON, CONTENT_TYPES, NASTY_TEXT } from './garbage.ts';

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
  readonly required?: boolean;
  readonly schema: Schema;
}

/** One operation of the document. */
interface Operation {
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

/**
 * Right values by the name of a parameter or member, for what a schema alone can't tell; a parameter
 * may be meant in one path alone (`/v1/carts/{id} id`), and a body in one operation (`POST /v1/x body`).
 */
type KnownValues = Readonly<Record<string, () => readonly Json[]>>;

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
  const shown =
    examples === undefined || examples.length === 0 ? [] : [fc.constantFrom(...examples)];
  if (pattern !== undefined) return fc.oneof(fc.stringMatching(new RegExp(pattern)), ...shown);
  const free = fc.string({
    unit: 'binary',
    minLength: minLength ?? 0,
    maxLength: Math.min(maxLength ?? 60, 60),
  });
  return fc.oneof(free, ...shown);
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

/** A body that is almost right, in one of the ways that clients get it wrong. */
function wrongBody(schema: Schema | undefined, name: string, known: KnownValues): Arbitrary<Body> {
  const broken = fc.constantFrom(...BROKEN_JSON).map((text): Body => ({ text }));
  if (schema === undefined) return broken;
  const right = valid(schema, name, known);
  const replaced = fc
    .tuple(right, fc.nat(), nasty)
    .map(([value, place, bad]): Body => ({ text: JSON.stringify(replaceAt(value, place, bad)) }));
  const shortened = fc
    .tuple(right, fc.nat())
    .map(([value, place]): Body => ({ text: JSON.stringify(withoutMember(value, place)) }));
  const extended = fc
    .tuple(right, fc.constantFrom(...UNKNOWN_FIELDS), nasty)
    .map(
      ([value, name, bad]): Body =>
        isRecord(value)
          ? { text: JSON.stringify({ ...value, [name]: bad }), unknownField: name }
          : { text: JSON.stringify([value, { [name]: bad }]) },
    );
  return fc.oneof(
    { weight: 6, arbitrary: replaced },
    { weight: 1, arbitrary: shortened },
    { weight: 2, arbitrary: extended },
    { weight: 2, arbitrary: broken },
  );
}

function rightBody(schema: Schema | undefined, name: string, known: KnownValues): Arbitrary<Body> {
  if (schema === undefined) return fc.constant({ text: undefined });
  return valid(schema, name, known).map((value) => ({ text: JSON.stringify(value) }));
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const scalar = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

interface Target {
  readonly url: string;
  readonly unknownField?: string;
}

type Pair = readonly [name: string, value: string];

/** The parameters of an operation that stand in one place; wrong ones are anything at all. */
function pairsOf(
  operation: Operation,
  place: string,
  known: KnownValues,
  wrong: boolean,
): Arbitrary<readonly (Pair | undefined)[]> {
  const pairs = operation.parameters
    .filter((one) => one.in === place)
    .map(({ name, schema, required }): Arbitrary<Pair | undefined> => {
      const inPath = `${operation.path} ${name}`;
      const right = valid(schema, known[inPath] === undefined ? name : inPath, known);
      // A wrong request may be right in some of its parts: all the deeper it goes.
      const value = wrong ? fc.oneof(right, fc.constantFrom(...NASTY_TEXT), nasty) : right;
      const pair = value.map((one): Pair => [name, scalar(one)]);
      return required === true ? pair : fc.option(pair, { nil: undefined, freq: 2 });
    });
  return fc.tuple(...pairs);
}

const NO_MORE = 'nothing';
/** What a query may have besides its parameters. */
const MORE = [NO_MORE, 'unknown', 'twice', 'raw'] as const;

function targetOf(operation: Operation, known: KnownValues, fault: Fault): Arbitrary<Target> {
  const wrongQuery = fault === 'query' || fault === 'all';
  return fc
    .tuple(
      pairsOf(operation, 'path', known, fault === 'path' || fault === 'all'),
      pairsOf(operation, 'query', known, wrongQuery),
      wrongQuery ? fc.constantFrom(...MORE) : fc.constant(NO_MORE),
      fc.constantFrom(...NASTY_TEXT),
    )
    .map(([path, query, more, bad]) => {
      const values = new Map(path.filter((one) => one !== undefined));
      const target = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
        encode(values.get(name) ?? ''),
      );
      const search = query.flatMap((one) =>
        one === undefined ? [] : [`${encode(one[0])}=${encode(one[1])}`],
      );
      if (more === 'twice') search.push(...search);
      if (more === 'unknown') search.push(`nobody-knows=${encode(bad)}`);
      if (more === 'raw') search.push('%', 'a=%ff', '=', 'language[]=de', '__proto__=1');
      const url = search.length === 0 ? target : `${target}?${search.join('&')}`;
      return { url, ...(more === 'unknown' && { unknownField: 'nobody-knows' }) };
    });
}

const BAD_AUTHORIZATION = ['Bearer', 'Bearer a.b.c', 'Basic YTpi', 'x'.repeat(9_000)] as const;

/** Values of Authorization that are right, for a path of the document. */
type TokensOf = (path: string) => readonly string[];

/** Headers that an operation reads. */
function headersOf({ path }: Operation, tokens: TokensOf, wrong: boolean): Arbitrary<Headers> {
  const token = fc.nat().map((at) => tokens(path)[at % tokens(path).length] ?? '');
  const fresh = fc.uuid();
  const right = {
    authorization: fc.option(token, { nil: undefined, freq: 2 }),
    'idempotency-key': fc.option(fresh, { nil: undefined, freq: 6 }),
    'content-type': fc.constant('application/json'),
  };
  const any = {
    authorization: fc.oneof(token, fc.constantFrom(...BAD_AUTHORIZATION)),
    'idempotency-key': fc.constantFrom('again-1', 'again-2', '', 'a b', 'é', 'k'.repeat(300)),
    'content-type': fc.oneof(fc.constant('application/json'), fc.constantFrom(...CONTENT_TYPES)),
    'accept-language': fc.constantFrom('de', '*', 'x-y-z;q=9', ','.repeat(4_000), 'é'),
    'x-client-country': fc.constantFrom('DE', 'FR', 'XX', 'de', '', '__'),
    'if-none-match': fc.constantFrom('*', '"', 'W/"x"'),
    'x-request-id': fc.constantFrom('a'.repeat(500), '12345678', '<b>'),
  };
  return (wrong ? fc.record(any, { requiredKeys: [] }) : fc.record(right)).map((headers) =>
    Object.fromEntries(
      Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  );
}

type Headers = Readonly<Record<string, string>>;

/** The part of a request that is wrong; the others are right, so that it is read to its end. */
type Fault = 'nothing' | 'path' | 'query' | 'headers' | 'body' | 'all';
const FAULTS: readonly Fault[] = [
  'nothing',
  'nothing',
  'path',
  'query',
  'headers',
  'body',
  'body',
  'body',
  'all',
];

function requestOf(
  operation: Operation,
  known: KnownValues,
  tokens: TokensOf,
  fault: Fault,
): Arbitrary<FuzzRequest> {
  const wrong = (part: Fault): boolean => fault === part || fault === 'all';
  const whole = `${operation.method} ${operation.path} body`;
  const name = known[whole] === undefined ? 'body' : whole;
  const body = (wrong('body') ? wrongBody : rightBody)(operation.body, name, known);
  return fc
    .tuple(targetOf(operation, known, fault), headersOf(operation, tokens, wrong('headers')), body)
    .map(([target, { 'content-type': contentType, ...headers }, { text, unknownField }]) => ({
      operation,
      url: target.url,
      headers:
        text === undefined || contentType === undefined
          ? headers
          : { ...headers, 'content-type': contentType },
      payload: text,
      unknownField: unknownField ?? target.unknownField,
    }));
}

/** Any request of any of the operations. @param tokens those that are right, by path */
export function requestsOf(
  operations: readonly Operation[],
  known: KnownValues,
  tokens: TokensOf,
): Arbitrary<FuzzRequest> {
  // Those with more to get wrong come more often.
  const weightOf = ({ body, parameters }: Operation): number =>
    (body === undefined ? 1 : 3) + Math.min(parameters.length, 2);
  return fc.oneof(
    ...operations.map((operation) => ({
      weight: weightOf(operation),
      arbitrary: fc
        .constantFrom(...FAULTS)
        .chain((fault) => requestOf(operation, known, tokens, fault)),
    })),
  );
}
