import { cellLocation } from '@commerce/contracts/cell-locations';
import { type CellId, parseCellId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import type { FastifyRequest } from 'fastify';

/** Who may ask for what belongs to customers, among the services that hold a token. */
export interface ServiceCallers {
  /**
   * Another cell, which may have copies of this cell's partitions.
   * @throws AppError `forbidden` where the caller is no cell of this jurisdiction (I5)
   */
  requireCell(request: FastifyRequest): CellId;
  /** Another cell, or who moves partitions. @throws as `requireCell` */
  requireCellOrMover(request: FastifyRequest): string;
}

/** Who moves partitions: the operators' command line and the control plane. */
const MOVERS: ReadonlySet<string> = new Set(['cellctl', 'control-plane']);

export function createServiceCallers(options: {
  readonly cell: CellId;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
}): ServiceCallers {
  const { cell, serviceKey, clock } = options;
  const jurisdiction = cellLocation(cell)?.jurisdiction;

  const callerOf = (request: FastifyRequest): string =>
    verifyServiceCall(serviceKey, request.headers.authorization, { audience: cell, clock });
  const toCell = (caller: string): CellId => {
    const name = parseCellId(caller);
    if (name === undefined || name === cell || cellLocation(name)?.jurisdiction !== jurisdiction) {
      throw new AppError('forbidden', {
        detail: `${caller} is no other cell of the jurisdiction "${jurisdiction}".`,
      });
    }
    return name;
  };
  return Object.freeze<ServiceCallers>({
    requireCell: (request) => toCell(callerOf(request)),
    requireCellOrMover(request) {
      const caller = callerOf(request);
      return MOVERS.has(caller) ? caller : toCell(caller);
    },
  });
}
