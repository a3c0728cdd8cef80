import { createHash } from 'node:crypto';
import { AppError } from '@commerce/contracts/problems';
import { Redis } from 'ioredis';

export interface RedisOptions {
  /** `redis://…`, or `rediss://…` over TLS. */
  readonly url: string;
  /** Stands before every key, so that cells may share a server and never a key. */
  readonly prefix: string;
  /** Default 250: who asks a cache goes on without it rather than wait for it. */
  readonly commandTimeoutMs?: number;
  /** Default 2,000: longest pause between two attempts to connect. */
  readonly reconnectMsMax?: number;
  /** Told when Redis is there and when it is gone: once for each change. */
  readonly onChange?: (isThere: boolean, error: unknown) => void;
}

/** One connection to Redis, which fails at once while Redis is away and comes back by itself. */
export interface RedisConnection {
  /**
   * Runs one command.
   * @throws AppError `unavailable` where there is no answer in time
   */
  command(name: string, ...values: readonly (string | number)[]): Promise<unknown>;
  /** Runs a script in one step; its keys are given without the prefix. */
  run(
    script: RedisScript,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown>;
  /** The key as Redis has it. */
  keyOf(key: string): string;
  isThere(): boolean;
  /** Waits until Redis takes commands. @throws AppError `unavailable` where it does not in time */
  whenThere(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A Lua script, which Redis runs in one step. */
export interface RedisScript {
  readonly text: string;
  readonly digest: string;
}

/** Names a script by its digest, so that its text is sent only to a server that does not know it. */
export function redisScript(text: string): RedisScript {
  return Object.freeze({ text, digest: createHash('sha1').update(text).digest('hex') });
}

const CONNECT_MS = 2_000;

/** Opens a connection; nothing is thrown where Redis is away, the first command tells. */
export function connectRedis(options: RedisOptions): RedisConnection {
  const { url, prefix, onChange, reconnectMsMax = 2_000 } = options;
  const client = new Redis(url, {
    connectTimeout: CONNECT_MS,
    commandTimeout: options.commandTimeoutMs ?? 250,
    // What waits for a connection waits for ever where there is none; who asks has another way.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(reconnectMsMax, 50 * 2 ** Math.min(attempt, 10)),
  });
  let isThere = false;
  let lastError: unknown;
  const change = (there: boolean, error?: unknown): void => {
    if (there === isThere) return;
    isThere = there;
    onChange?.(there, error);
  };
  client.on('ready', () => change(true));
  client.on('close', () => change(false, lastError));
  client.on('error', (error) => {
    lastError = error;
  });

  const asCall = async (work: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await work();
    } catch (error) {
      throw unavailable(error);
    }
  };

  return Object.freeze({
    command: (name: string, ...values: readonly (string | number)[]) =>
      asCall(() => client.call(name, ...values)),
    run: (script: RedisScript, keys: readonly string[], values: readonly (string | number)[]) =>
      asCall(async () => {
        const given = [keys.length, ...keys.map((key) => prefix + key), ...values];
        try {
          return await client.call('EVALSHA', script.digest, ...given);
        } catch (error) {
          if (!String((error as Error).message).startsWith('NOSCRIPT')) throw error;
          return client.call('EVAL', script.text, ...given);
        }
      }),
    keyOf: (key: string) => prefix + key,
    isThere: () => isThere,
    async whenThere(timeoutMs: number) {
      if (isThere) return;
      await new Promise<void>((resolve, reject) => {
        const settle = (): void => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          client.off('ready', settle);
          reject(unavailable(lastError));
        }, timeoutMs);
        client.once('ready', settle);
      });
    },
    async close() {
      // Not `quit`: it would wait for a Redis that is away.
      client.disconnect();
    },
  } satisfies RedisConnection);
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', {
    detail: 'the cache can not be reached or does not answer in time',
    retryAfterS: 1,
    cause,
  });
}
