import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkResponseRequest,
  LIFETIME_MS_MAX,
  type ResponseCache,
  type ResponseRequest,
} from '../response-cache.ts';
import { type RedisConnection, type RedisScript, redisScript } from './connection.ts';

/**
 * Finished answers on Redis. Each tag has a mark that a purge replaces, and a text is good as long as the
 * marks of its tags are those from before it was made: so a purge costs one key for each tag however many
 * texts carry it, and a text that was being made during the purge is never good.
 */

/** KEYS: text, lock, tags; ARGV: token of the lock, its ms. @returns text or nil, marks, has the lock */
const READ = redisScript(`
local marks = {}
for index = 3, #KEYS do marks[#marks + 1] = redis.call('GET', KEYS[index]) or '-' end
local stamp = table.concat(marks, ' ')
local kept = redis.call('HMGET', KEYS[1], 'stamp', 'text')
if kept[1] == stamp then return {kept[2], stamp, 0} end
local locked = redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
return {false, stamp, locked and 1 or 0}
`);

/** KEYS as above; ARGV: token, marks from before, text, lifetime in ms. */
const WRITE = redisScript(`
local marks = {}
for index = 3, #KEYS do marks[#marks + 1] = redis.call('GET', KEYS[index]) or '-' end
if table.concat(marks, ' ') == ARGV[2] then
  redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'text', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
`);

/** KEYS: lock; ARGV: token. */
const UNLOCK = redisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`);

/** Who holds the lock and is gone is waited for no longer than this. */
const LOCK_MS = 3_000;
const LOOK_MS = 15;

/** The adapter on Redis, shared by every process that has the same prefix. */
export function createRedisResponseCache(redis: RedisConnection): ResponseCache {
  /** Callers of this process share one look at Redis. */
  const under = new Map<string, Promise<string>>();

  const attempt = async (
    script: RedisScript,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> => {
    try {
      return await redis.run(script, keys, values);
    } catch {
      // The connection tells that Redis is away; here the answer is made without it.
      return undefined;
    }
  };

  const makeAndKeep = async (
    keys: readonly string[],
    token: string,
    stamp: string,
    lifetimeMs: number,
    make: () => Promise<string>,
  ): Promise<string> => {
    let text: string;
    try {
      text = await make();
    } catch (error) {
      await attempt(UNLOCK, keys.slice(1, 2), [token]);
      throw error;
    }
    await attempt(WRITE, keys, [token, stamp, text, Math.ceil(lifetimeMs)]);
    return text;
  };

  const find = async (
    { key, tags, lifetimeMs }: ResponseRequest,
    make: () => Promise<string>,
  ): Promise<string> => {
    const keys = [`made:${key}`, `making:${key}`, ...tags.map(tagKey)];
    const token = randomUUID();
    const deadline = performance.now() + LOCK_MS;
    for (;;) {
      const seen = (await attempt(READ, keys, [token, LOCK_MS])) as
        | [string | null, string, number]
        | undefined;
      if (seen === undefined) return make();
      const [text, stamp, hasLock] = seen;
      if (text !== null) return text;
      if (hasLock === 1) return makeAndKeep(keys, token, stamp, lifetimeMs, make);
      if (performance.now() > deadline) return make();
      await sleep(LOOK_MS);
    }
  };

  return Object.freeze({
    async get(request: ResponseRequest, make: () => Promise<string>) {
      checkResponseRequest(request);
      const running = under.get(request.key);
      if (running !== undefined) return running;
      const found = find(request, make);
      under.set(request.key, found);
      const forget = (): void => {
        if (under.get(request.key) === found) under.delete(request.key);
      };
      found.then(forget, forget);
      return found;
    },
    async purge(tags: readonly string[]) {
      // What is being made in this process may hold the old state; who asks from now on must not get it.
      under.clear();
      await Promise.all(
        tags.map((tag) =>
          redis.command('SET', redis.keyOf(tagKey(tag)), randomUUID(), 'PX', 2 * LIFETIME_MS_MAX),
        ),
      );
    },
    close: () => redis.close(),
  } satisfies ResponseCache);
}

function tagKey(tag: string): string {
  return `tag:${tag}`;
}
