import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';

/** How far a replica is, as the followers keep it. */
export interface ReplicaState {
  readonly appliedSeq: number;
  readonly sourceSeq: number;
  readonly lagMs: number;
  readonly asOf: Date | undefined;
}

const Replica = Type.Object(
  {
    appliedSeq: Type.Integer({ description: 'Last change applied' }),
    sourceSeq: Type.Integer({ description: 'Highest change that the control plane has told' }),
    lagMs: Type.Integer({ description: '0 while up to date, else the age of what is shown' }),
    asOf: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When the control plane was last heard of; null before the first time',
    }),
  },
  { additionalProperties: false },
);

function toJson(state: ReplicaState): {
  appliedSeq: number;
  sourceSeq: number;
  lagMs: number;
  asOf: string | null;
} {
  const { appliedSeq, sourceSeq, lagMs, asOf } = state;
  return { appliedSeq, sourceSeq, lagMs, asOf: asOf?.toISOString() ?? null };
}

/** Adds `GET /v1/replication`. */
export function registerFollowerRoutes(
  app: HttpApp,
  dependencies: {
    readonly catalogState: () => ReplicaState;
    readonly stockState: () => ReplicaState;
  },
): void {
  app.get(
    '/v1/replication',
    {
      schema: {
        operationId: 'getReplication',
        tags: ['operations'],
        summary: 'How far behind the control plane this cell is',
        querystring: Type.Object({}, { additionalProperties: false }),
        response: {
          200: Type.Object({ catalog: Replica, stock: Replica }, { additionalProperties: false }),
        },
      },
    },
    (_request, reply) => {
      void reply.header('cache-control', 'no-store');
      return {
        catalog: toJson(dependencies.catalogState()),
        stock: toJson(dependencies.stockState()),
      };
    },
  );
}
