import { HEADERS } from '@commerce/contracts/headers';
import type { HttpApp } from '@commerce/service/http/app';

/** A refusal that a proxy of the router may send again by itself; 421 is none that HAProxy knows. */
const REPEATABLE_STATUS = '425';

/**
 * Refuses what this cell does not hold by the status that the router asked for. The document stays that
 * of 421, and the router's proxy gives a client no other status.
 */
export function refuseByRoutersStatus(app: HttpApp): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (
      reply.statusCode === 421 &&
      request.routed !== undefined &&
      request.headers[HEADERS.routedRefusal] === REPEATABLE_STATUS
    ) {
      reply.code(425);
    }
    done(null, payload);
  });
}
