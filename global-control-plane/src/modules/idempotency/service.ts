import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@commerce/contracts/problems';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import {
  type AnswerRow,
  beginAnswer,
  findAnswer,
  keepAnswer,
  pruneAnswers,
  releaseAnswer,
} from './store.ts';

/** An answer as it was sent. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
  readonly etag: string | undefined;
}

export interface IdempotentRequest {
  /** Whose key it is: two callers may use the same key. */
  readonly caller: string;
  readonly key: string;
  /** All that makes the request what it is: method, path and body. */
  readonly content: string;
}

/** A key that this request holds until it is answered. */
export interface HeldKey {
  keep(sql: SqlReader, answer: KeptAnswer): Promise<void>;
  /** Lets the next request with the key have its effect. */
  release(): Promise<void>;
}

export const KEPT_MS = 24 * 3_600_000;
/** After this a request that was never answered is taken to be dead. */
const ABANDONED_MS = 60_000;
/** How long a repeat waits for the request that is under way, before it is told to come again. */
const WAIT_MS_MAX = 5_000;
const LOOK_EVERY_MS = 25;
const PRUNE_ROWS = 1_000;
const IV_BYTES = 12;
const TAG_BYTES = 16;

export type IdempotencyService = ReturnType<typeof createIdempotency>;

/** @param secret a key of the control plane; answers can be read with it and the client's key only */
export function createIdempotency(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly secret: Uint8Array;
}) {
  const { sql, clock, secret } = deps;

  const cipherKey = (key: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, key, 'kept answers', 32));

  const encrypt = (key: string, answer: KeptAnswer): Buffer => {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', cipherKey(key), iv);
    const text = JSON.stringify([answer.body, answer.etag ?? null]);
    return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  };

  const decrypt = (key: string, bytes: Buffer): Pick<KeptAnswer, 'body' | 'etag'> => {
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', cipherKey(key), iv);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const sealed = bytes.subarray(IV_BYTES, -TAG_BYTES);
    const text = Buffer.concat([decipher.update(sealed), decipher.final()]).toString();
    const [body, etag] = JSON.parse(text) as [string, string | null];
    return { body, etag: etag ?? undefined };
  };

  /** What is kept under a key, once the request that holds it is answered or the wait is over. */
  const waitForAnswer = async (keyHash: string): Promise<AnswerRow | undefined> => {
    const endsAtMs = performance.now() + WAIT_MS_MAX;
    for (;;) {
      const known = await findAnswer(sql, keyHash);
      if (known?.state !== 'running' || performance.now() >= endsAtMs) return known;
      await sleep(LOOK_EVERY_MS);
    }
  };

  return Object.freeze({
    /**
     * Takes the key for a request, or gives the answer that it had before.
     * @throws AppError `idempotency-key-reused` where the key was used with another request,
     *   `conflict` where that request is still under way after a wait of some seconds
     */
    begin: async (
      request: IdempotentRequest,
    ): Promise<{ readonly held: HeldKey } | { readonly replay: KeptAnswer }> => {
      const nowMs = clock.nowMs();
      const keyHash = createHmac('sha256', secret)
        .update(`${request.caller}\n${request.key}`)
        .digest('hex');
      const requestHash = createHash('sha256').update(request.content).digest('hex');
      const taken = await beginAnswer(sql, {
        keyHash,
        requestHash,
        now: new Date(nowMs),
        expiredBefore: new Date(nowMs - KEPT_MS),
        abandonedBefore: new Date(nowMs - ABANDONED_MS),
      });
      if (taken) {
        return {
          held: {
            keep: async (reader, answer) => {
              const row = { keyHash, status: answer.status, answer: encrypt(request.key, answer) };
              if (await keepAnswer(reader, row)) return;
              // Another request took the key over because this one was too slow: it must not commit.
              throw new AppError('conflict', { detail: 'A repeat of this request was faster.' });
            },
            release: async () => {
              await releaseAnswer(sql, keyHash);
            },
          },
        };
      }
      const known = await waitForAnswer(keyHash);
      if (known !== undefined && known.request_hash !== requestHash) {
        throw new AppError('idempotency-key-reused', { field: 'idempotency-key' });
      }
      if (known === undefined || known.answer === null || known.status === null) {
        throw new AppError('conflict', {
          field: 'idempotency-key',
          detail: 'A request with this Idempotency-Key is still under way.',
          retryAfterS: 1,
        });
      }
      return { replay: { status: known.status, ...decrypt(request.key, known.answer) } };
    },

    /** Removes answers that have expired; returns whether there may be more. */
    prune: async (): Promise<boolean> =>
      (await pruneAnswers(sql, new Date(clock.nowMs() - KEPT_MS), PRUNE_ROWS)) === PRUNE_ROWS,
  });
}
