import { HEADERS } from '@commerce/contracts/headers';
import type { Partition } from '@commerce/contracts/ids';
import { formatPosition } from '@commerce/contracts/positions';
import { Problem } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { CustomerLanguage, CustomerName, CustomerView } from '../modules/customers/index.ts';
import { NewPassword, SignInBody, SignUpEmail, TokensView } from '../modules/identity/index.ts';
import type { IdempotencyKey } from '../partitions/idempotency.ts';
import type { SignIn } from './sign-in.ts';
import type { SignedIn, SignUp } from './sign-up.ts';

export interface AccountRoutesDeps {
  readonly signUp: SignUp;
  readonly signIn: SignIn;
  /** The partition for a new customer: the router's choice, or this cell's own. */
  readonly partitionForNew: (request: FastifyRequest) => Partition;
  /** The partition that the shopper is pinned to; undefined where no router sent the request. */
  readonly routedPartition: (request: FastifyRequest) => Partition | undefined;
  readonly idempotencyOf: (request: FastifyRequest) => IdempotencyKey | undefined;
}

const SignUpBody = Type.Object(
  {
    email: SignUpEmail,
    password: NewPassword,
    name: Type.Optional(CustomerName),
    language: Type.Optional(CustomerLanguage),
  },
  { additionalProperties: false },
);

const SignedInView = Type.Object({ customer: CustomerView, ...TokensView.properties });
const responses = { 201: SignedInView, '4xx': Problem, '5xx': Problem };

function answer(
  reply: FastifyReply,
  pinned: Partition | undefined,
  signedIn: SignedIn,
): Static<typeof SignedInView> {
  const { customer, tokens, partition, position, replayed } = signedIn;
  void reply.code(201).header('cache-control', 'no-store');
  // The router pins the shopper to the customer's own partition from here on.
  if (pinned !== undefined && partition !== pinned) {
    void reply.header(HEADERS.routedPartition, partition);
  }
  if (position !== undefined) {
    void reply.header(HEADERS.partitionPosition, formatPosition(position));
  }
  if (replayed) void reply.header(HEADERS.idempotencyReplayed, 'true');
  return { customer, ...tokens };
}

/** Adds `POST /v1/customers` and `POST /v1/sessions`. */
export function registerAccountRoutes(app: HttpApp, deps: AccountRoutesDeps): void {
  app.post(
    '/v1/customers',
    {
      schema: {
        summary: 'Sign up',
        tags: ['customers'],
        body: SignUpBody,
        response: responses,
      },
    },
    async (request, reply) => {
      const signedIn = await deps.signUp({
        ...request.body,
        partition: deps.partitionForNew(request),
        key: deps.idempotencyOf(request),
        acceptLanguage: request.headers['accept-language'],
      });
      return answer(reply, deps.routedPartition(request), signedIn);
    },
  );

  app.post(
    '/v1/sessions',
    {
      schema: {
        summary: 'Sign in',
        description:
          'After five wrong passwords the account is locked for a minute, then for twice as long ' +
          'after each further one, up to an hour.',
        tags: ['identity'],
        body: SignInBody,
        response: responses,
      },
    },
    async (request, reply) => {
      const pinned = deps.routedPartition(request);
      const key = deps.idempotencyOf(request);
      const signedIn = await deps.signIn({ ...request.body, pinned, key });
      return answer(reply, pinned, signedIn);
    },
  );
}
