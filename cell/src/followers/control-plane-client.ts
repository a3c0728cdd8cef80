import { AppError } from '@commerce/contracts/problems';
import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import { request } from 'undici';

/** The cell's way to the control plane: background work only, never on the path of a request. */
export interface ControlPlaneClient {
  /**
   * @throws AppError `unavailable` where it does not answer, or answers anything but a success
   */
  get(path: string, query: Readonly<Record<string, string | number>>, call: Call): Promise<unknown>;
  /** @throws as `get` */
  post(path: string, body: unknown, call: Call): Promise<unknown>;
}

export interface Call {
  readonly signal: AbortSignal;
  /** For the whole answer. */
  readonly timeoutMs: number;
}

export interface ControlPlaneClientOptions {
  /** Base URL without a trailing slash. */
  readonly controlPlaneUrl: string;
  /** Key that the control plane and its cells share. */
  readonly serviceKey: Uint8Array;
  readonly cellId: string;
  readonly clock: Clock;
}

const AUDIENCE = 'control-plane';

/** Makes the client; opens no connection before the first call. */
export function createControlPlaneClient(options: ControlPlaneClientOptions): ControlPlaneClient {
  const { controlPlaneUrl, serviceKey, cellId: caller, clock } = options;

  const send = async (
    method: 'GET' | 'POST',
    path: string,
    call: Call,
    body?: string,
  ): Promise<unknown> => {
    try {
      const answer = await request(`${controlPlaneUrl}${path}`, {
        method,
        headers: {
          authorization: signServiceCall(serviceKey, { caller, audience: AUDIENCE, clock }),
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
        signal: AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)]),
        headersTimeout: call.timeoutMs,
        bodyTimeout: call.timeoutMs,
      });
      if (answer.statusCode >= 200 && answer.statusCode < 300) {
        const text = await answer.body.text();
        return text === '' ? undefined : JSON.parse(text);
      }
      await answer.body.dump();
      throw new Error(`it answered ${answer.statusCode} to ${method} ${path.split('?')[0]}`);
    } catch (error) {
      throw new AppError('unavailable', {
        detail: `The control plane is of no use: ${(error as Error).message}.`,
        cause: error,
      });
    }
  };

  return Object.freeze({
    get(path, query, call) {
      const parameters = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      );
      return send('GET', `${path}?${parameters}`, call);
    },
    post: (path, body, call) => send('POST', path, call, JSON.stringify(body)),
  } satisfies ControlPlaneClient);
}
