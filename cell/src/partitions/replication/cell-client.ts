import type { CellId, Partition } from '@commerce/contracts/ids';
import type {
  CompareAnswer,
  DigestAnswer,
  PartitionPoint,
  PullAnswer,
  PullRequest,
} from '@commerce/contracts/partition-control';
import { AppError } from '@commerce/contracts/problems';
import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import { Agent, type Dispatcher, request } from 'undici';

/** This cell's way to the other cells of its jurisdiction: background work, under a service token. */
export interface CellClient {
  /** @throws AppError `unavailable` where the cell is unknown, does not answer, or refuses */
  pull(cell: CellId, body: PullRequest, signal: AbortSignal): Promise<PullAnswer>;
  /** The bytes of a snapshot, as they come. @throws as `pull` */
  snapshot(
    cell: CellId,
    partitions: readonly Partition[],
    signal: AbortSignal,
  ): Promise<AsyncIterable<Buffer>>;
  /** @throws as `pull` */
  digest(
    cell: CellId,
    partitions: readonly Partition[],
    signal: AbortSignal,
  ): Promise<DigestAnswer>;
  /** How points of this cell's histories lie in those of another cell. @throws as `pull` */
  compare(
    cell: CellId,
    points: readonly PartitionPoint[],
    signal: AbortSignal,
  ): Promise<CompareAnswer>;
  close(): Promise<void>;
}

export interface CellClientOptions {
  readonly cell: CellId;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
  /** Base URL of a cell without a trailing slash; undefined where it is not known. */
  readonly urlOf: (cell: CellId) => Promise<string | undefined>;
}

/** For the answer itself, beyond the wait of a pull. */
const ANSWER_MS = 10_000;
/** A snapshot that does not go on for this long has broken. */
const STALLED_MS = 30_000;
/** Pulls, snapshots and digests at the same time; a peer that hangs holds no more than these. */
const CONNECTIONS_MAX = 12;

export function createCellClient(options: CellClientOptions): CellClient {
  const { cell: caller, serviceKey, clock, urlOf } = options;
  const agent = new Agent({ connections: CONNECTIONS_MAX, keepAliveTimeout: 60_000 });

  const send = async (
    cell: CellId,
    path: string,
    call: { readonly signal: AbortSignal; readonly answerMs: number; readonly body?: unknown },
  ): Promise<Dispatcher.ResponseData['body']> => {
    try {
      const url = await urlOf(cell);
      if (url === undefined) throw new Error('its address is not known');
      const { body } = call;
      const answer = await request(`${url}/internal/v1/${path}`, {
        dispatcher: agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: signServiceCall(serviceKey, { caller, audience: cell, clock }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: call.signal,
        headersTimeout: call.answerMs,
        bodyTimeout: STALLED_MS,
      });
      if (answer.statusCode === 200) return answer.body;
      await answer.body.dump();
      throw new Error(`it answered ${answer.statusCode} to ${path.split('?')[0]}`);
    } catch (error) {
      throw new AppError('unavailable', {
        detail: `${cell} is of no use: ${(error as Error).message}.`,
        cause: error,
      });
    }
  };

  const readJson = async (body: Dispatcher.ResponseData['body'], cell: CellId) => {
    try {
      return await body.json();
    } catch (error) {
      throw new AppError('unavailable', { detail: `${cell} broke its answer off.`, cause: error });
    }
  };

  return Object.freeze({
    async pull(cell, body, signal) {
      const answerMs = body.waitMs + ANSWER_MS;
      const answer = await send(cell, 'replication/pull', { signal, answerMs, body });
      return (await readJson(answer, cell)) as PullAnswer;
    },
    snapshot: (cell, partitions, signal) =>
      send(cell, `partitions/snapshot?partitions=${partitions.join(',')}`, {
        signal,
        answerMs: STALLED_MS,
      }),
    async digest(cell, partitions, signal) {
      const body = { partitions };
      const answer = await send(cell, 'partitions/digest', { signal, answerMs: STALLED_MS, body });
      return (await readJson(answer, cell)) as DigestAnswer;
    },
    async compare(cell, points, signal) {
      const body = { points };
      const answer = await send(cell, 'partitions/compare', { signal, answerMs: ANSWER_MS, body });
      return (await readJson(answer, cell)) as CompareAnswer;
    },
    close: () => agent.destroy(),
  } satisfies CellClient);
}
