import type { CellLoad, PartitionSizes } from '@commerce/contracts/cell-load';
import type { CellId } from '@commerce/contracts/ids';
import type {
  AwaitAnswer,
  DigestAnswer,
  FenceAnswer,
  PartitionStates,
  RefreshAnswer,
} from '@commerce/contracts/partition-control';
import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import { Agent, type Dispatcher, request } from 'undici';
import { type CellControl, ControlFault } from './ports.ts';

/** A fence waits for transactions, which end within a second. */
const CALL_TIMEOUT_MS = 5_000;
/** Hashing all rows of a batch of partitions, on a cell that is busy. */
const DIGEST_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_MS = 1_500;
/** States of a whole realm take 400 KB; a digest of it 1 MB. */
const ANSWER_BYTES_MAX = 8_388_608;
const CONNECT_TIMEOUT_MS = 1_000;

/** Makes the connections that all calls of one tool share. */
export function createControlAgent(): Dispatcher {
  return new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, connections: 4 });
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

/** One line for people out of a problem document, or of whatever else came. */
function reasonOf(status: number, text: string): string {
  try {
    const { title, detail, field } = JSON.parse(text) as Record<string, string | undefined>;
    const words = [detail ?? title, field === undefined ? undefined : `(${field})`];
    const line = words.filter((word) => word !== undefined).join(' ');
    if (line !== '') return line;
  } catch {
    // Not one of our answers: the status has to do.
  }
  return `it answers with status ${status}`;
}

/** Sends one call. @throws ControlFault */
export async function sendControlCall(
  agent: Dispatcher,
  whom: string,
  url: string,
  call: Call & { readonly headers?: Readonly<Record<string, string>> },
): Promise<unknown> {
  let status: number;
  let text: string;
  try {
    const answer = await request(`${url}${call.path}`, {
      dispatcher: agent,
      method: call.method,
      headers: {
        ...call.headers,
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      signal: AbortSignal.timeout(call.timeoutMs ?? CALL_TIMEOUT_MS),
    });
    if (Number(answer.headers['content-length'] ?? 0) > ANSWER_BYTES_MAX) {
      answer.body.destroy();
      throw new ControlFault('refused', `${whom} answers more than can be read`);
    }
    status = answer.statusCode;
    text = await answer.body.text();
  } catch (cause) {
    if (cause instanceof ControlFault) throw cause;
    const where = whom.includes(url) ? '' : ` at ${url}`;
    throw new ControlFault('silent', `${whom} does not answer${where}`, { cause });
  }
  // A cell whose database is away can do no more than one that is away itself.
  if (status >= 500) throw new ControlFault('silent', `${whom}: ${reasonOf(status, text)}`);
  if (status >= 400) throw new ControlFault('refused', `${whom}: ${reasonOf(status, text)}`);
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new ControlFault('refused', `${whom} answers with what is no JSON`, { cause });
  }
}

/**
 * A cell, spoken to over HTTP.
 * @param options.url read before each call, since a cell may move
 * @param options.caller `cellctl` or `control-plane`
 */
export function createCellControl(options: {
  readonly cell: CellId;
  readonly url: () => string | undefined;
  readonly caller: string;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
  readonly agent: Dispatcher;
}): CellControl {
  const { cell, caller, serviceKey, clock, agent } = options;
  const send = async (call: Call): Promise<unknown> => {
    const url = options.url();
    if (url === undefined) throw new ControlFault('refused', `the directory has no cell ${cell}`);
    const authorization = signServiceCall(serviceKey, { caller, audience: cell, clock });
    return sendControlCall(agent, cell, url, { ...call, headers: { authorization } });
  };
  const post = (path: string, body: unknown, timeoutMs?: number): Promise<unknown> =>
    send({
      method: 'POST',
      path: `/internal/v1/${path}`,
      body,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  const get = (path: string): Promise<unknown> =>
    send({ method: 'GET', path: `/internal/v1/${path}` });

  return Object.freeze({
    cell,
    states: async (partitions) => {
      const query = partitions === undefined ? '' : `?${listQuery(partitions)}`;
      return (await get(`partitions${query}`)) as PartitionStates;
    },
    seed: async (plan, from, partitions) => {
      await post('partitions/seed', { plan, from, partitions });
    },
    digest: async (partitions) =>
      (await post('partitions/digest', { partitions }, DIGEST_TIMEOUT_MS)) as DigestAnswer,
    repair: async (partitions) => {
      await post('partitions/repair', { partitions, repair: true }, DIGEST_TIMEOUT_MS);
    },
    fence: async (plan, target, partitions, timeoutMs) =>
      (await post('partitions/fence', { plan, target, partitions }, timeoutMs)) as FenceAnswer,
    awaitCuts: async (cuts, waitMs) =>
      (await post('partitions/await', { cuts, waitMs }, CALL_TIMEOUT_MS + waitMs)) as AwaitAnswer,
    refresh: async () => (await post('placements/refresh', {})) as RefreshAnswer,
    release: async (plan, partitions) => {
      await post('partitions/release', { plan, partitions });
    },
    load: async () => (await get('load')) as CellLoad,
    sizes: async (partitions) =>
      (await post('partitions/sizes', { partitions }, DIGEST_TIMEOUT_MS)) as PartitionSizes,
    isReady: async () => {
      const url = options.url();
      if (url === undefined) return false;
      const call = { method: 'GET', path: '/health/ready', timeoutMs: READY_TIMEOUT_MS } as const;
      return sendControlCall(agent, cell, url, call).then(
        () => true,
        () => false,
      );
    },
  } satisfies CellControl);
}

function listQuery(partitions: readonly string[]): string {
  return partitions.map((partition) => `partition=${partition}`).join('&');
}
