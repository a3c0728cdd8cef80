import { HEADERS } from '@commerce/contracts/headers';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { partitionOfId, type Partition } from '@commerce/contracts/ids';
import type { Placement } from '@commerce/contracts/placements';
import { AppError, type ErrorCode, ERRORS, type Problem } from '@commerce/contracts/problems';
import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import { Agent, request } from 'undici';

/** Asks the cell that an order is in. Nothing of an answer is kept here. */
export interface CellOrders {
  /**
   * @param id of the order or of something of it; it names the partition
   * @param path below `/internal/v1/`
   * @throws AppError what the cell refuses, with its code; `unavailable` where it does not answer
   */
  ask(
    id: string,
    call: {
      readonly method: 'GET' | 'POST';
      readonly path: string;
      readonly body?: unknown;
      readonly key?: string;
    },
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

/** Longer than a cell waits for its standby and a gateway together. */
const TIMEOUT_MS = 8_000;
const CONNECT_TIMEOUT_MS = 1_000;
const CONNECTIONS = 8;
/** Of the cell that was the primary and is not any more. */
const MISDIRECTED = 421;

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** The cell's refusal as one of ours. */
function toRefusal(status: number, problem: Problem, cell: string): AppError {
  const { code, detail, field, problems } = problem;
  const { type: _type, title: _title, status: _status, requestId: _request, ...rest } = problem;
  if (status >= 500 || status === MISDIRECTED || !isErrorCode(code)) {
    return new AppError('unavailable', {
      detail: `The cell ${cell}, which has this order, can't answer at the moment.`,
      retryAfterS: 2,
    });
  }
  const { code: _code, detail: _detail, field: _field, problems: _problems, ...extensions } = rest;
  return new AppError(code, {
    extensions,
    ...(detail !== undefined && { detail }),
    ...(field !== undefined && { field }),
    ...(problems !== undefined && { problems }),
  });
}

export function createCellOrders(deps: {
  readonly cells: () => readonly CellDescriptor[];
  readonly placementOf: (partition: Partition) => Promise<Placement | undefined>;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
}): CellOrders {
  const agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    connections: CONNECTIONS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });

  const homeOf = async (id: string): Promise<CellDescriptor> => {
    const partition = partitionOfId(id);
    const placement = partition === undefined ? undefined : await deps.placementOf(partition);
    const cell = deps.cells().find((entry) => entry.id === placement?.primary);
    if (cell === undefined) {
      throw new AppError('not-found', { detail: 'No cell has this order.' });
    }
    return cell;
  };

  const send: (
    cell: CellDescriptor,
    call: Parameters<CellOrders['ask']>[1],
  ) => Promise<{ status: number; body: unknown }> = async (cell, { method, path, body, key }) => {
    const { serviceKey, clock } = deps;
    const call = { caller: 'control-plane', audience: cell.id, clock };
    try {
      const answer = await request(`${cell.url}/internal/v1/${path}`, {
        dispatcher: agent,
        method,
        headers: {
          authorization: signServiceCall(serviceKey, call),
          ...(key !== undefined && { [HEADERS.idempotencyKey]: key }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, body: await answer.body.json() };
    } catch (cause) {
      throw new AppError('unavailable', {
        detail: `The cell ${cell.id}, which has this order, does not answer.`,
        retryAfterS: 2,
        cause,
      });
    }
  };

  return Object.freeze<CellOrders>({
    async ask(id, call) {
      let cell = await homeOf(id);
      let answer = await send(cell, call);
      if (answer.status === MISDIRECTED) {
        // The partition has moved since the table was read: nothing has happened there.
        cell = await homeOf(id);
        answer = await send(cell, call);
      }
      if (answer.status < 400) return answer;
      throw toRefusal(answer.status, answer.body as Problem, cell.id);
    },
    close: () => agent.close(),
  });
}
