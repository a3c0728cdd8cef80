import { AppError } from '@commerce/contracts/problems';
import {
  createMemoryTokenBuckets,
  type TokenBuckets,
  type TokenOutcome,
} from '@commerce/engines/cache/memory/memory-token-buckets';
import type { RateLimit } from '@commerce/engines/cache/rate-limiter';

/** What a request is counted by. */
export interface Caller {
  /** Undefined for our own machines, which are not counted by address. */
  readonly address: string | undefined;
  /** The access token or key that came with the request; undefined without one. */
  readonly authorization: string | undefined;
  /** Undefined where the request has no place yet. */
  readonly partition: string | undefined;
}

/** Limits by name; undefined: none of the kind. */
export interface RateLimitSettings {
  readonly ip: RateLimit | undefined;
  readonly key: RateLimit | undefined;
  readonly partition: RateLimit | undefined;
}

/** Whether a request may go on, and what its answer says of the limits. */
export interface Verdict {
  /** Undefined where it may. */
  readonly refusal: AppError | undefined;
  /** Names and values in turn, of the limit that is nearest to being reached. */
  readonly headers: readonly string[];
  /** The part that is left of that limit, from 0 to 1. */
  readonly share: number;
}

/** What requests are counted by. */
export const LIMIT_NAMES = ['ip', 'key', 'partition'] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

export interface RateLimits {
  /** Counts a request by its address and its token: before anything else is done for it. */
  admit(caller: Pick<Caller, 'address' | 'authorization'>): Verdict;
  /** Counts a request against its partition. */
  admitTo(partition: string, before: Verdict): Verdict;
}

interface Policy {
  readonly name: LimitName;
  readonly points: number;
  readonly policyHeader: string;
  readonly buckets: TokenBuckets;
}

export const NOTHING_COUNTED: Verdict = Object.freeze({
  refusal: undefined,
  headers: [],
  share: 1,
});
/** The last characters of a token are its signature: enough to tell two apart. */
const KEY_LENGTH = 43;
/** Keys of a kind that are remembered; the least recently used go first. */
export const KEYS_MAX = 100_000;

/**
 * Makes the limits. Each router counts for itself, in memory: n routers allow n times as much, and a
 * request waits for nobody. Headers are those of the IETF's draft "RateLimit header fields for HTTP":
 * `RateLimit-Policy: "ip";q=3000;w=60` and `RateLimit: "ip";r=2999;t=1`.
 */
export function createRateLimits(settings: RateLimitSettings, nowMs?: () => number): RateLimits {
  const counterOf = (name: LimitName): Policy | undefined => {
    const limit = settings[name];
    return limit && makePolicy(name, limit, nowMs);
  };
  const ip = counterOf('ip');
  const key = counterOf('key');
  const partition = counterOf('partition');

  return Object.freeze({
    admit({ address, authorization }: Pick<Caller, 'address' | 'authorization'>): Verdict {
      let verdict = NOTHING_COUNTED;
      if (ip !== undefined && address !== undefined) verdict = count(ip, address, verdict);
      if (verdict.refusal === undefined && key !== undefined && authorization !== undefined) {
        verdict = count(key, authorization.slice(-KEY_LENGTH), verdict);
      }
      return verdict;
    },
    admitTo: (name: string, before: Verdict): Verdict =>
      partition === undefined ? before : count(partition, name, before),
  });
}

/** A limit as the `RateLimit-Policy` field names it. */
export function policyOf(name: LimitName, { points, windowMs }: RateLimit): string {
  return `"${name}";q=${points};w=${Math.ceil(windowMs / 1000)}`;
}

function makePolicy(name: LimitName, limit: RateLimit, nowMs?: () => number): Policy {
  return {
    name,
    points: limit.points,
    policyHeader: policyOf(name, limit),
    buckets: createMemoryTokenBuckets(limit, nowMs),
  };
}

function count(policy: Policy, key: string, before: Verdict): Verdict {
  const outcome = policy.buckets.take(key);
  const share = outcome.remaining / policy.points;
  // The client is told of the limit that it will meet first.
  if (outcome.allowed && share >= before.share && before !== NOTHING_COUNTED) return before;
  return {
    refusal: outcome.allowed ? undefined : refusalOf(policy, outcome),
    headers: [
      'ratelimit-policy',
      policy.policyHeader,
      'ratelimit',
      `"${policy.name}";r=${outcome.remaining};t=${Math.ceil(outcome.resetMs / 1000)}`,
    ],
    share,
  };
}

export const COUNTED_BY: Readonly<Record<LimitName, string>> = {
  ip: 'from your address',
  key: 'with your token',
  partition: 'for this part of the shop',
};

function refusalOf(policy: Policy, outcome: TokenOutcome): AppError {
  return limitReached(policy.name, policy.policyHeader, Math.ceil(outcome.retryMs / 1000));
}

/** The refusal of a request that is one too many. */
export function limitReached(name: LimitName, policy: string, retryAfterS: number): AppError {
  return new AppError('rate-limited', {
    detail: `more requests ${COUNTED_BY[name]} than ${policy} allows`,
    retryAfterS: Math.max(1, retryAfterS),
    extensions: { limit: name },
  });
}

const LIMIT_PATTERN = /^(\d{1,9})\/(\d{1,6})$/;

/** Reads `3000/60`, points in seconds, or `none`. @throws RangeError where it is neither */
export function parseRateLimit(text: string): RateLimit | undefined {
  if (text === 'none') return undefined;
  const match = LIMIT_PATTERN.exec(text);
  const [points, seconds] = [Number(match?.[1]), Number(match?.[2])];
  if (!(points > 0) || !(seconds > 0)) throw new RangeError(`${text} is no limit`);
  return Object.freeze({ points, windowMs: seconds * 1000 });
}
