import { HEADERS } from '@commerce/contracts/headers';
import type { Partition } from '@commerce/contracts/ids';
import { formatPosition } from '@commerce/contracts/positions';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { Me, ProfileChange } from './schema.ts';
import { type Customers, customerGone, viewMe } from './service.ts';
import type { CustomerId } from './store.ts';

export interface CustomerRoutesDeps {
  readonly customers: Customers;
  /** Who sends the request; undefined where it carries no token. */
  readonly authenticate: (
    request: FastifyRequest,
  ) => Promise<{ readonly customerId: CustomerId; readonly partition: Partition } | undefined>;
}

const problems = { '4xx': Problem, '5xx': Problem };

/** Adds `GET /v1/me` and `PATCH /v1/me`. */
export function registerCustomerRoutes(app: HttpApp, deps: CustomerRoutesDeps): void {
  const { customers } = deps;
  const requireCaller = async (request: FastifyRequest) => {
    const caller = await deps.authenticate(request);
    if (caller === undefined) throw new AppError('unauthenticated', { field: 'authorization' });
    return caller;
  };

  app.get(
    '/v1/me',
    {
      schema: {
        summary: 'The signed-in customer',
        tags: ['customers'],
        security: [{ bearer: [] }],
        response: { 200: Me, ...problems },
      },
    },
    async (request, reply) => {
      const { partition, customerId } = await requireCaller(request);
      const customer = await customers.find(partition, customerId);
      if (customer === undefined) throw customerGone();
      void reply.header('cache-control', 'no-store');
      return viewMe(customer);
    },
  );

  app.patch(
    '/v1/me',
    {
      schema: {
        summary: 'Change name or language of the signed-in customer',
        tags: ['customers'],
        security: [{ bearer: [] }],
        body: ProfileChange,
        response: { 200: Me, ...problems },
      },
    },
    async (request, reply) => {
      const { partition, customerId } = await requireCaller(request);
      const { result, position } = await customers.changeProfile(
        partition,
        customerId,
        request.body,
      );
      if (position !== undefined) {
        void reply.header(HEADERS.partitionPosition, formatPosition(position));
      }
      void reply.header('cache-control', 'no-store');
      return viewMe(result);
    },
  );
}
