import { fastify } from 'fastify';

/**
 * The baseline: a Fastify that does nothing but answer. It is given the answers by path over the
 * channel to its parent and says its port there.
 */

/** One kept answer. */
export interface BareAnswer {
  readonly handle: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In base64. */
  readonly body: string;
}

interface Kept {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

process.once('message', (answers: readonly BareAnswer[]) => {
  const kept = new Map<string, Kept>(
    answers.map(({ handle, headers, body }) => [
      handle,
      { headers, body: Buffer.from(body, 'base64') },
    ]),
  );
  const app = fastify();
  app.get<{ Params: { handle: string } }>('/v1/products/:handle', (request, reply) => {
    const answer = kept.get(request.params.handle);
    if (answer === undefined) return reply.code(404).send();
    return reply.headers(answer.headers).send(answer.body);
  });
  app.listen({ host: '127.0.0.1', port: 0 }).then(
    (address) => process.send?.({ port: Number(new URL(address).port) }),
    (error: unknown) => {
      process.stderr.write(`the baseline can't listen: ${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
