import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLString,
  valueFromASTUntyped,
} from 'graphql';
import { LIST_FACTOR } from './limits.ts';

/** As much of JSON Schema as the documents of our routes use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly maximum?: number;
}

/** Whatever has no fixed shape, and maps whose keys are data: as it is in the API. */
const Json = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any value of JSON.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

/** Amounts of money in minor units pass the 32 bits of `Int`. */
const Integer = new GraphQLScalarType<number, number>({
  name: 'Integer',
  description: 'A whole number that JavaScript holds exactly: up to 2^53.',
  serialize: toSafeInteger,
  parseValue: toSafeInteger,
  parseLiteral: (node) => toSafeInteger(Number('value' in node ? node.value : Number.NaN)),
});

function toSafeInteger(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new TypeError('a whole number is expected');
}

const INT_MAX = 2_147_483_647;
const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Makes GraphQL's types from the schemas that validate and serialise the API. Two schemas that are the same
 * become one type, by the name of the place where it was met first.
 */
export interface TypeMaker {
  output(schema: JsonSchema, name: string): GraphQLOutputType;
  input(schema: JsonSchema, name: string): GraphQLInputType;
}

export function createTypeMaker(): TypeMaker {
  const outputs = new Map<string, GraphQLObjectType>();
  const inputs = new Map<string, GraphQLInputObjectType>();
  const taken = new Set<string>();
  const nameOf = (wanted: string): string => {
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted}${i}`;
    taken.add(name);
    return name;
  };

  const output = (schema: JsonSchema, name: string): GraphQLOutputType => {
    const plain = withoutNull(schema);
    if (plain.type === 'array' && plain.items !== undefined) {
      return new GraphQLList(required(plain.items, output(plain.items, singular(name))));
    }
    if (!isObject(plain)) return scalarOf(plain);
    const key = JSON.stringify(plain);
    let type = outputs.get(key);
    if (type === undefined) {
      type = new GraphQLObjectType({
        name: nameOf(plain.title ?? name),
        description: plain.description,
        fields: Object.fromEntries(
          Object.entries(plain.properties).map(([field, member]) => {
            const made = output(member, name + capital(field));
            const isRequired = plain.required?.includes(field) === true && !isNullable(member);
            return [field, fieldOf(member, isRequired ? new GraphQLNonNull(made) : made)];
          }),
        ),
      });
      outputs.set(key, type);
    }
    return type;
  };

  const input = (schema: JsonSchema, name: string): GraphQLInputType => {
    const plain = withoutNull(schema);
    if (plain.type === 'array' && plain.items !== undefined) {
      return new GraphQLList(required(plain.items, input(plain.items, singular(name))));
    }
    if (!isObject(plain)) return scalarOf(plain);
    const key = JSON.stringify(plain);
    let type = inputs.get(key);
    if (type === undefined) {
      type = new GraphQLInputObjectType({
        name: nameOf(`${plain.title ?? name}Input`),
        description: plain.description,
        fields: Object.fromEntries(
          Object.entries(plain.properties).map(([field, member]) => {
            const made = input(member, name + capital(field));
            const isRequired = plain.required?.includes(field) === true && !isNullable(member);
            return [
              field,
              {
                type: isRequired ? new GraphQLNonNull(made) : made,
                description: member.description,
              },
            ];
          }),
        ),
      });
      inputs.set(key, type);
    }
    return type;
  };

  return Object.freeze({ output, input });
}

type ObjectSchema = JsonSchema & { readonly properties: Readonly<Record<string, JsonSchema>> };

/** Whether a schema is an object whose every field GraphQL can name; else it stays JSON. */
function isObject(schema: JsonSchema): schema is ObjectSchema {
  const names = Object.keys(schema.properties ?? {});
  return (
    names.length > 0 && names.every((name) => NAME_PATTERN.test(name) && !name.startsWith('__'))
  );
}

function fieldOf(member: JsonSchema, type: GraphQLOutputType) {
  const isList = withoutNull(member).type === 'array';
  const complexity = ({ childComplexity }: { childComplexity: number }): number =>
    1 + childComplexity * (isList ? LIST_FACTOR : 1);
  return { type, description: member.description, extensions: { complexity } };
}

export function isNullable(schema: JsonSchema): boolean {
  if (schema.type === 'null' || schema.const === null) return true;
  if (Array.isArray(schema.type) && schema.type.includes('null')) return true;
  return schema.anyOf?.some(isNullable) === true;
}

/** The schema of the values that are not null. */
function withoutNull(schema: JsonSchema): JsonSchema {
  if (schema.anyOf !== undefined) {
    const others = schema.anyOf.filter((member) => !isNullable(member));
    const [only] = others;
    if (others.length === 1 && only !== undefined) {
      return schema.description === undefined || only.description !== undefined
        ? only
        : { ...only, description: schema.description };
    }
  }
  if (Array.isArray(schema.type)) {
    const types = (schema.type as readonly string[]).filter((type) => type !== 'null');
    const [only] = types;
    if (types.length === 1 && only !== undefined) return { ...schema, type: only };
  }
  return schema;
}

function required<Type extends GraphQLOutputType | GraphQLInputType>(
  schema: JsonSchema,
  type: Type,
): Type {
  return (isNullable(schema) ? type : new GraphQLNonNull(type)) as Type;
}

function scalarOf(schema: JsonSchema): GraphQLScalarType {
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (values?.every((value) => typeof value === 'string') === true) return GraphQLString;
  // A choice of words is a word: which ones the description and the API's document tell.
  if (schema.anyOf?.every((member) => scalarOf(member) === GraphQLString) === true) {
    return GraphQLString;
  }
  switch (schema.type) {
    case 'string':
      return GraphQLString;
    case 'boolean':
      return GraphQLBoolean;
    case 'integer':
      return schema.maximum !== undefined && schema.maximum <= INT_MAX ? GraphQLInt : Integer;
    case 'number':
      return GraphQLFloat;
    default:
      return Json;
  }
}

/** `word` → `Word`. */
export const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
/** `productItems` → `productItem`: the type of one of a list. */
const singular = (name: string): string =>
  /[^s]s$/.test(name) ? name.slice(0, -1) : `${name}Item`;
