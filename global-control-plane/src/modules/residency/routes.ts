import { AppError, Problem } from '@commerce/contracts/problems';
import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { fetchResidencyEvidence } from './fetch-evidence.ts';
import type { FleetCell } from './legality.ts';
import { renderResidencyHtml } from './render-html.ts';
import { makeResidencyReport, type ResidencyReport } from './report.ts';

export interface ResidencyRoutesDeps {
  /** Last known cells of the fleet. */
  readonly cells: () => readonly (FleetCell & { readonly url: string })[];
  /** Whether those are from the directory; else legality by fallback is not judged. */
  readonly knowsFleet: () => boolean;
  /** @throws AppError where the caller is no operator */
  readonly requireOperator: (request: FastifyRequest) => Promise<unknown>;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
}

const CellParams = Type.Object(
  { id: Type.String({ maxLength: 60, examples: ['eu-de-1'] }) },
  { additionalProperties: false },
);
const ReportQuery = Type.Object(
  {
    format: Type.Union([Type.Literal('json'), Type.Literal('html')], {
      default: 'json',
      description: '`html` gives a page to read and to print.',
    }),
  },
  { additionalProperties: false },
);

/** Adds `GET /v1/cells/{id}/residency`. */
export function registerResidencyRoutes(app: HttpApp, deps: ResidencyRoutesDeps): void {
  const makeReport = async (id: string): Promise<ResidencyReport> => {
    const cells = deps.cells();
    const cell = cells.find((entry) => entry.id === id);
    if (cell === undefined) throw new AppError('not-found', { detail: 'No cell has this id.' });
    const call = { caller: 'control-plane', audience: id, clock: deps.clock };
    const evidence = await fetchResidencyEvidence(cell.url, signServiceCall(deps.serviceKey, call));
    return makeResidencyReport(evidence, deps.knowsFleet() ? cells : undefined);
  };

  app.get(
    '/v1/cells/:id/residency',
    {
      schema: {
        tags: ['cells'],
        security: [{ bearer: [] }],
        summary: 'What personal data a cell holds, where, and by what right',
        description: 'Made anew from the stores of the cell: counts only. For operators.',
        params: CellParams,
        querystring: ReportQuery,
        response: {
          200: {
            description: 'The report',
            content: {
              'application/json': { schema: Type.Unknown() },
              'text/html': { schema: Type.String() },
            },
          },
          '4xx': Problem,
          '5xx': Problem,
        },
      },
    },
    async (request, reply) => {
      await deps.requireOperator(request);
      const report = await makeReport(request.params.id);
      if (request.query.format === 'json') return reply.send(report as never);
      return reply.type('text/html; charset=utf-8').send(renderResidencyHtml(report) as never);
    },
  );
}
