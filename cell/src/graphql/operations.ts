import {
  GraphQLBoolean,
  GraphQLError,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { CALL_COST } from './limits.ts';
import { capital, createTypeMaker, isNullable, type JsonSchema, type TypeMaker } from './types.ts';

/** What a resolver calls the API by. */
export interface ApiCaller {
  call(request: ApiRequest): Promise<ApiReply>;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
}

export interface ApiReply {
  readonly status: number;
  readonly body: unknown;
}

/** As much of an OpenAPI document as is read. */
export interface OpenApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Content; readonly required?: boolean };
  readonly responses?: Readonly<Record<string, { readonly content?: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema?: JsonSchema }>>;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: JsonSchema;
}

/** Of the API's routes these are no storefront's. */
const LEFT_OUT_TAGS: ReadonlySet<string> = new Set(['internal', 'webhooks', 'operations']);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];
/** In GraphQL a name says what is asked for. */
const QUERY_NAME_PATTERN = /^(?:get|list)(?=[A-Z])/;
const IDEMPOTENCY_KEY = 'idempotency-key';

type Field = GraphQLFieldConfig<unknown, ApiCaller>;

/**
 * Makes the GraphQL schema of an API from its OpenAPI document: reads become fields of `Query`, everything
 * else of `Mutation`, by the names of their operations. Each field calls its route and returns its answer, so
 * that there is nothing here that could differ from the API.
 */
export function makeSchema(document: OpenApiDocument): GraphQLSchema {
  const types = createTypeMaker();
  const queries: Record<string, Field> = {};
  const mutations: Record<string, Field> = {};
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    if (!path.startsWith('/v1/')) continue;
    for (const method of METHODS) {
      const operation = methods[method];
      if (operation?.operationId === undefined) continue;
      if (operation.tags?.some((tag) => LEFT_OUT_TAGS.has(tag)) === true) continue;
      const field = makeField({ path, method, operation, types });
      if (field === undefined) continue;
      if (method === 'get') queries[queryName(operation.operationId)] = field;
      else mutations[operation.operationId] = field;
    }
  }
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: queries }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: mutations }),
  });
}

function queryName(operationId: string): string {
  const name = operationId.replace(QUERY_NAME_PATTERN, '');
  return name.charAt(0).toLowerCase() + name.slice(1);
}

interface Route {
  readonly path: string;
  readonly method: Method;
  readonly operation: Operation;
  readonly types: TypeMaker;
}

function makeField({ path, method, operation, types }: Route): Field | undefined {
  const id = operation.operationId as string;
  const answer = answerOf(operation);
  // Pictures and redirections are no answers for GraphQL.
  if (answer === 'other') return undefined;
  const name = capital(queryName(id));
  const parameters = (operation.parameters ?? []).filter(
    (parameter) => parameter.in === 'path' || parameter.in === 'query',
  );
  const body = operation.requestBody?.content?.['application/json']?.schema;
  const takesKey = operation.parameters?.some(({ name: header }) => header === IDEMPOTENCY_KEY);
  const args: GraphQLFieldConfigArgumentMap = {};
  for (const parameter of parameters) args[parameter.name] = argumentOf(parameter, types, name);
  if (body !== undefined) {
    const type = types.input(body, name);
    const isNeeded = operation.requestBody?.required === true && !isNullable(body);
    args['input'] = { type: isNeeded ? new GraphQLNonNull(type) : type };
  }
  if (takesKey === true) {
    args['idempotencyKey'] = {
      type: GraphQLString,
      description: 'Names this call, so that it may be sent again with one effect.',
    };
  }
  return {
    type: answer === 'none' ? new GraphQLNonNull(GraphQLBoolean) : types.output(answer, name),
    description: [operation.summary, operation.description].filter(Boolean).join('\n\n'),
    ...(operation.deprecated === true && { deprecationReason: 'See the document of the API.' }),
    args,
    extensions: {
      complexity: ({ childComplexity }: { childComplexity: number }) => CALL_COST + childComplexity,
    },
    resolve: async (_source, given: Readonly<Record<string, unknown>>, caller) => {
      const reply = await caller.call({
        method: method.toUpperCase() as ApiRequest['method'],
        path: addressOf(path, parameters, given),
        body: given['input'],
        idempotencyKey: given['idempotencyKey'] as string | undefined,
      });
      if (reply.status >= 400) throw toError(reply);
      return answer === 'none' ? true : reply.body;
    },
  };
}

/** The schema of what a success answers with; `none` for nothing, `other` for what is no JSON. */
function answerOf(operation: Operation): JsonSchema | 'none' | 'other' {
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    if (!status.startsWith('2')) continue;
    const schema = response.content?.['application/json']?.schema;
    if (status === '204') return 'none';
    if (schema !== undefined) return schema.type === 'null' ? 'none' : schema;
  }
  return 'other';
}

function argumentOf(parameter: Parameter, types: TypeMaker, name: string) {
  const type = types.input(parameter.schema ?? {}, name + capital(parameter.name));
  const isNeeded = parameter.required === true;
  return {
    type: isNeeded ? new GraphQLNonNull(type) : type,
    description: parameter.description,
  };
}

function addressOf(
  path: string,
  parameters: readonly Parameter[],
  given: Readonly<Record<string, unknown>>,
): string {
  const query = new URLSearchParams();
  let address = path;
  for (const { name, in: place } of parameters) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    if (place === 'path') {
      address = address.replace(`{${name}}`, encodeURIComponent(toText(value)));
    } else {
      for (const item of [value].flat()) query.append(name, toText(item));
    }
  }
  const text = query.toString();
  return text === '' ? address : `${address}?${text}`;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A refusal of the API as GraphQL tells it: the problem's code, field and detail are there to decide by. */
function toError({ status, body }: ApiReply): GraphQLError {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  const { title, detail, code, type, ...others } = problem;
  const message = [detail, title].find((text) => typeof text === 'string');
  return new GraphQLError(message ?? 'The call failed.', {
    extensions: { ...others, code: code ?? 'internal-error', type, status },
  });
}
