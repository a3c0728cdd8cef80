import type { FastifyReply } from 'fastify';

/** What the gateway refuses, with the status and the title of the problem document. */
const PROBLEMS = {
  'invalid-request': { status: 400, title: 'A field is missing or wrong' },
  'idempotency-key-missing': { status: 400, title: 'This request needs an Idempotency-Key' },
  unauthenticated: { status: 401, title: 'The API key is missing or wrong' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'not-possible': { status: 409, title: 'The payment does not allow this' },
  'idempotency-key-reused': { status: 422, title: 'The key was used with another request' },
  'unknown-token': { status: 422, title: 'There is no such test token' },
  'internal-error': { status: 500, title: 'Something broke in the gateway' },
  unavailable: { status: 503, title: 'Try again' },
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

/** Answers with a problem document (RFC 9457). */
export function sendProblem(
  reply: FastifyReply,
  code: ProblemCode,
  detail?: string,
  field?: string,
): FastifyReply {
  const { status, title } = PROBLEMS[code];
  return reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send({
      type: 'about:blank',
      title,
      status,
      code,
      ...(detail === undefined ? {} : { detail }),
      ...(field === undefined ? {} : { field }),
    });
}
