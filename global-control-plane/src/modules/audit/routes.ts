import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { Access } from '../../http/access.ts';
import type { AuditDetail, AuditService } from './service.ts';

const tags = ['audit'];
const strict = { additionalProperties: false } as const;
const TOOL = 'cellctl';

const Detail = Type.Record(
  Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9]{0,40}$' }),
  Type.Union([Type.String({ maxLength: 1_000 }), Type.Number(), Type.Boolean(), Type.Null()]),
  { maxProperties: 30 },
);
const EntryBody = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    at: Type.String({ format: 'date-time' }),
    by: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]+$' }),
    action: Type.String({ pattern: '^[a-z][a-z.-]{1,60}$' }),
    subject: Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]+$' }),
    outcome: Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]+$' }),
    detail: Detail,
  },
  strict,
);
const EntryView = Type.Object({
  seq: Type.Integer(),
  id: Type.String(),
  at: Type.String(),
  by: Type.String(),
  action: Type.String(),
  subject: Type.String(),
  outcome: Type.String(),
  detail: Type.Unknown(),
  receivedAt: Type.String(),
  hash: Type.String(),
});

export function registerAuditRoutes(
  app: HttpApp,
  deps: { readonly audit: AuditService; readonly access: Access },
): void {
  const { audit, access } = deps;
  app.get(
    '/v1/audit',
    {
      schema: {
        tags,
        summary: 'What operators did, newest first',
        querystring: Type.Object(
          {
            limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
            before: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
          },
          strict,
        ),
        response: {
          200: Type.Object({
            items: Type.Array(EntryView),
            intact: Type.Boolean({ description: 'Whether the chain over these entries is whole' }),
          }),
        },
      },
    },
    async (request) => {
      const caller = await access.requireServiceOrOperator(request);
      if (caller.kind === 'service' && caller.name !== TOOL) {
        throw new AppError('forbidden', { detail: 'Cells have no business with the audit log.' });
      }
      const { limit, before } = request.query;
      const { entries, intact } = await audit.list({
        limit,
        before: before === undefined ? undefined : BigInt(before),
      });
      return {
        intact,
        items: entries.map((row) => ({
          seq: Number(row.seq),
          id: row.id,
          at: row.at.toISOString(),
          by: row.operator,
          action: row.action,
          subject: row.subject,
          outcome: row.outcome,
          detail: JSON.parse(row.detail) as unknown,
          receivedAt: row.received_at.toISOString(),
          hash: row.hash,
        })),
      };
    },
  );

  app.post(
    '/v1/audit/entries',
    {
      schema: {
        tags,
        summary: 'Tell what was done with cellctl; may be repeated',
        body: EntryBody,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { at, detail, ...entry } = request.body;
      await access.requireCell(request, TOOL);
      await audit.record({ ...entry, at: new Date(at), detail: detail as AuditDetail });
      return reply.code(204).send(null);
    },
  );
}
