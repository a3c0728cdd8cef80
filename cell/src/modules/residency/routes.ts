import { AppError, Problem } from '@commerce/contracts/problems';
import { ResidencyEvidence } from '@commerce/contracts/residency';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { Residency } from './service.ts';

/** Who may ask: other cells have no business in it. */
const CALLERS: ReadonlySet<string> = new Set(['control-plane', 'cellctl']);

/** Adds `GET /internal/v1/residency`. */
export function registerResidencyRoutes(
  app: HttpApp,
  deps: {
    readonly residency: Residency;
    readonly cell: string;
    readonly serviceKey: Uint8Array;
    readonly clock: Clock;
  },
): void {
  let underWay: Promise<ResidencyEvidence> | undefined;
  app.get(
    '/internal/v1/residency',
    {
      schema: {
        tags: ['internal'],
        security: [{ bearer: [] }],
        summary: 'What personal data the cell holds, and where: counts only',
        description: 'Evidence for the residency report. Needs a service token.',
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: ResidencyEvidence, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request) => {
      const caller = verifyServiceCall(deps.serviceKey, request.headers.authorization, {
        audience: deps.cell,
        clock: deps.clock,
      });
      if (!CALLERS.has(caller)) {
        throw new AppError('forbidden', { detail: 'Only operators and the control plane ask.' });
      }
      // It reads the whole database: several who ask at once share one look.
      underWay ??= deps.residency.takeEvidence().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
  );
}
