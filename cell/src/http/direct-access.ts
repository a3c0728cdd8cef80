import { HEADERS } from '@commerce/contracts/headers';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { isLoopback } from './request-context.ts';

/**
 * Who may ask a cell without a router. `loopback`: this machine itself, for operators' tools, tests and a
 * cell that is tried alone. `refused`: nobody, for production, where what is on the machine may be
 * another's proxy.
 */
export const DIRECT_ACCESS = ['loopback', 'refused'] as const;
export type DirectAccess = (typeof DIRECT_ACCESS)[number];

/** What carries a proof of its own, or tells nothing but that the cell is well. */
const OPEN_PATH_PATTERN = /^\/(?:internal\/|health\/|metrics(?:\?|$))/;

/** Refuses, before anything else is looked at, what comes from no router of the fleet. */
export function refuseDirectAccess(app: HttpApp, access: DirectAccess): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routed !== undefined || OPEN_PATH_PATTERN.test(request.url)) done();
    else if (isUnproven(request) || access === 'refused' || !isFromHere(request)) {
      done(new AppError('not-from-router'));
    } else done();
  });
}

/** Says that a router sent it, and can't prove that. */
function isUnproven(request: FastifyRequest): boolean {
  return request.headers[HEADERS.routedAuth] !== undefined;
}

function isFromHere(request: FastifyRequest): boolean {
  return isLoopback(request.socket.remoteAddress);
}
