import { type Stream, STREAMS } from '@commerce/contracts/events';
import type { CellId } from '@commerce/contracts/ids';
import { AppError, Problem } from '@commerce/contracts/problems';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { EventRelay } from '../partitions/event-relay.ts';

export interface EventFeedDeps {
  readonly relay: EventRelay;
  readonly cell: CellId;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
}

const PullBody = Type.Object(
  {
    consumer: Type.String({ pattern: '^[a-z][a-z0-9-]{1,60}$' }),
    streams: Type.Array(Type.String({ maxLength: 40 }), { minItems: 1, maxItems: 20 }),
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 500 }),
    waitMs: Type.Integer({ minimum: 0, maximum: 25_000, default: 0 }),
    ack: Type.Union([Type.String({ maxLength: 200_000 }), Type.Null()]),
  },
  { additionalProperties: false },
);

/**
 * Adds the feed of the cell's events, for services of the fleet. A consumer outside the cell gets
 * the streams that may leave the jurisdiction, and no others.
 */
export function registerEventFeed(app: HttpApp, deps: EventFeedDeps): void {
  app.post(
    '/internal/v1/events/pull',
    {
      schema: {
        tags: ['internal'],
        security: [{ bearer: [] }],
        summary: 'Take the next events, and acknowledge those before',
        description: 'At least once, in order for each partition. Needs a service token.',
        body: PullBody,
        response: {
          200: Type.Object({
            events: Type.Array(Type.Unknown()),
            ack: Type.Union([Type.String(), Type.Null()]),
            more: Type.Boolean({ description: 'Whether the log holds more than was looked at.' }),
          }),
          '4xx': Problem,
          '5xx': Problem,
        },
      },
    },
    async (request) => {
      const caller = verifyServiceCall(deps.serviceKey, request.headers.authorization, {
        audience: deps.cell,
        clock: deps.clock,
      });
      const { consumer, streams, limit, waitMs, ack } = request.body;
      if (caller !== consumer) {
        throw new AppError('forbidden', { field: 'consumer', detail: 'Pull as yourself.' });
      }
      const local = streams.find((name) => STREAMS[name as Stream]?.global !== true);
      if (local !== undefined) {
        throw new AppError('forbidden', {
          field: 'streams',
          detail: `The stream "${local}" does not leave this cell.`,
        });
      }
      return deps.relay.pull({
        consumer,
        streams: streams as readonly Stream[],
        limit,
        waitMs,
        ack,
      }) as never;
    },
  );
}
