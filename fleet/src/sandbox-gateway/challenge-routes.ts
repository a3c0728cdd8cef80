import type { FastifyInstance, FastifyReply } from 'fastify';
import { type GatewayDeps, sendRefusal, toAnswer } from './answers.ts';
import {
  challengePolicy,
  renderChallenge,
  renderDecided,
  renderUnknownChallenge,
} from './challenge-page.ts';
import type { Payment } from './ledger.ts';
import { DecisionBody } from './schemas.ts';

/** Pages and decision of 3-D Secure challenges. Their unguessable id is the shopper's credential. */
export function addChallengeRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.get<{ Params: { id: string } }>('/v1/challenges/:id', (request, reply) => {
    const payment = deps.ledger.findByChallenge(request.params.id);
    if (payment === undefined) return sendPage(reply, 404, undefined, renderUnknownChallenge());
    const open = payment.status === 'requires_action';
    return sendPage(reply, 200, payment, open ? renderChallenge(payment) : renderDecided(payment));
  });
  app.post<{ Params: { id: string }; Body: DecisionBody }>(
    '/v1/challenges/:id',
    { schema: { body: DecisionBody } },
    async (request, reply) => {
      const approved = request.body.outcome === 'approve';
      const outcome = await deps.ledger.decideChallenge(request.params.id, approved);
      if ('refused' in outcome) return sendRefusal(reply, outcome);
      const { payment } = outcome;
      const { returnUrl } = payment.request;
      const asJson = request.headers['content-type']?.startsWith('application/json') === true;
      if (returnUrl !== undefined) void reply.code(303).header('location', returnUrl);
      if (asJson) return toAnswer(payment, deps.publicUrl());
      return sendPage(reply, reply.statusCode, payment, renderDecided(payment));
    },
  );
}

function sendPage(
  reply: FastifyReply,
  status: number,
  payment: Payment | undefined,
  html: string,
): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', challengePolicy(payment))
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .send(html);
}
