import { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import { parseCellId, parsePartition, slotOf } from '@commerce/contracts/ids';
import { CellName, PartitionList, PlanId } from '@commerce/contracts/partition-control';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import type { Access, UserCaller } from '../../http/access.ts';
import type { Preview } from './preview.ts';
import type { Evacuations } from './service.ts';

const tags = ['evacuations'];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false } as const;
const Count = Type.Integer();

const Chosen = {
  source: CellName,
  target: Type.Optional(CellName),
  partitions: Type.Optional(PartitionList),
};
const PreviewBody = Type.Object(Chosen, strict);
const CreateBody = Type.Object(
  {
    ...Chosen,
    steps: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 100 }), { minItems: 1, maxItems: 20 }),
    ),
    watchS: Type.Integer({ minimum: 0, maximum: 3_600, default: 30 }),
    reason: Type.String({ maxLength: 500, default: '' }),
  },
  strict,
);
const PreviewView = Type.Object({
  realm: Type.String(),
  source: Type.String(),
  partitions: Count,
  targets: Type.Array(
    Type.Object({
      cell: Type.String(),
      partitions: Count,
      primariesBefore: Count,
      primariesAfter: Count,
      primariesMax: Type.Union([Count, Type.Null()]),
      ready: Type.Boolean(),
      toSeed: Count,
      lagVersionsMax: Type.Union([Type.String(), Type.Null()]),
      lagMsMax: Type.Union([Type.Number(), Type.Null()]),
    }),
  ),
  size: Type.Union([
    Type.Object({ rows: Count, bytes: Count, customers: Count, orders: Count }),
    Type.Null(),
  ]),
  estimateMs: Count,
  refusals: Type.Array(
    Type.Object({
      code: Type.String(),
      reason: Type.String(),
      alternatives: Type.Array(Type.String()),
    }),
  ),
  warnings: Type.Array(Type.String()),
});

function toView(preview: Preview) {
  return {
    ...preview,
    partitions: preview.partitions.length,
    targets: preview.targets.map((target) => ({
      ...target,
      primariesMax: target.primariesMax ?? null,
      lagVersionsMax: target.lagVersionsMax?.toString() ?? null,
      lagMsMax: target.lagMsMax ?? null,
    })),
    size: preview.size ?? null,
    refusals: preview.refusals.map((refusal) => ({
      ...refusal,
      alternatives: [...refusal.alternatives],
    })),
    warnings: [...preview.warnings],
  };
}

/** The wishes that a console may have, by the last part of the path. */
const WISHES = {
  pause: 'paused',
  resume: 'running',
  rollback: 'rolling-back',
  complete: 'completed',
} as const;

export interface EvacuationRoutesDeps {
  readonly evacuations: Evacuations;
  readonly access: Access;
  readonly recordAudit: (entry: {
    readonly id: string;
    readonly at: Date;
    readonly by: string;
    readonly action: string;
    readonly subject: string;
    readonly outcome: string;
    readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  }) => Promise<void>;
}

/** Planned evacuations for the console. Emergencies need `cellctl`: they must not depend on us. */
export function registerEvacuationRoutes(app: HttpApp, deps: EvacuationRoutesDeps): void {
  const { evacuations, access } = deps;

  const previewOf = (body: {
    readonly source: string;
    readonly target?: string;
    readonly partitions?: readonly string[];
  }): Promise<Preview> => {
    const source = parseCellId(body.source);
    const target = body.target === undefined ? undefined : parseCellId(body.target);
    const slots = body.partitions?.flatMap((name) => {
      const partition = parsePartition(name);
      return partition === undefined ? [] : [slotOf(partition)];
    });
    if (source === undefined) throw new AppError('invalid-id', { field: 'source' });
    return evacuations.preview({ source, target, slots });
  };
  const note = (caller: UserCaller, action: string, plan: EvacuationPlan): Promise<void> =>
    deps.recordAudit({
      id: randomUUID(),
      at: new Date(),
      by: caller.userId,
      action,
      subject: plan.id,
      outcome: plan.state,
      detail: { source: plan.source, target: plan.target, reason: plan.reason },
    });

  app.get(
    '/v1/evacuations',
    {
      schema: {
        tags,
        security,
        summary: 'All evacuations, the newest first',
        response: { 200: Type.Object({ items: Type.Array(EvacuationPlan) }) },
      },
    },
    async (request) => {
      await access.requireOperator(request);
      return { items: [...(await evacuations.list())] };
    },
  );
  app.get(
    '/v1/evacuations/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One evacuation',
        params: Type.Object({ id: PlanId }),
        response: { 200: EvacuationPlan },
      },
    },
    async (request) => {
      await access.requireOperator(request);
      const plan = await evacuations.find(request.params.id);
      if (plan === undefined)
        throw new AppError('not-found', { detail: 'No evacuation has this id.' });
      return plan;
    },
  );
  app.post(
    '/v1/evacuations/preview',
    {
      schema: {
        tags,
        security,
        summary: 'What an evacuation would do, and why it may not be done',
        body: PreviewBody,
        response: { 200: PreviewView },
      },
    },
    async (request) => {
      await access.requireOperator(request);
      return toView(await previewOf(request.body));
    },
  );
  app.post(
    '/v1/evacuations',
    {
      config: { idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Evacuate a cell; the control plane works at it',
        body: CreateBody,
        response: { 201: EvacuationPlan },
      },
    },
    async (request, reply) => {
      const caller = await access.requireOperator(request);
      const { body } = request;
      const preview = await previewOf(body);
      const [refusal] = preview.refusals;
      if (refusal !== undefined) {
        const allowed = refusal.alternatives.join(', ') || 'none';
        throw new AppError('unprocessable', {
          field: refusal.code === 'empty' ? 'source' : 'target',
          detail: `${refusal.reason}. Allowed: ${allowed}.`,
        });
      }
      const steps = body.steps ?? [100];
      if (steps.at(-1) !== 100 || steps.some((step, i) => i > 0 && step <= (steps[i - 1] ?? 0))) {
        throw new AppError('unprocessable', {
          field: 'steps',
          detail: 'They grow and end with 100.',
        });
      }
      const outcome = await evacuations.create(preview, {
        source: preview.source,
        target: body.target === undefined ? undefined : parseCellId(body.target),
        mode: 'planned',
        slots: body.partitions?.flatMap((name) => {
          const partition = parsePartition(name);
          return partition === undefined ? [] : [slotOf(partition)];
        }),
        steps,
        watchS: body.watchS,
        sourceIsolated: false,
        reason: body.reason,
        by: caller.userId,
      });
      if ('conflicting' in outcome) {
        throw new AppError('conflict', {
          detail: `${body.source} is being evacuated already: ${outcome.conflicting.id}.`,
        });
      }
      await note(caller, 'evacuation.create', outcome.created);
      return reply.code(201).send(outcome.created);
    },
  );
  app.post(
    '/v1/evacuations/:id/:wish',
    {
      schema: {
        tags,
        security,
        summary: 'Pause, resume, roll back or complete an evacuation; may be repeated',
        params: Type.Object({
          id: PlanId,
          wish: Type.Enum(Object.keys(WISHES) as (keyof typeof WISHES)[]),
        }),
        body: Type.Object({}, strict),
        response: { 200: EvacuationPlan },
      },
    },
    async (request) => {
      const caller = await access.requireOperator(request);
      const { id, wish } = request.params;
      const outcome = await evacuations.wish(id, WISHES[wish]);
      if (outcome === 'absent') {
        throw new AppError('not-found', { detail: 'No evacuation has this id.' });
      }
      if ('refused' in outcome) throw new AppError('conflict', { detail: outcome.refused });
      await note(caller, `evacuation.${wish}`, outcome.plan);
      return outcome.plan;
    },
  );
}
