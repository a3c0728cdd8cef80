import { AppError } from '@commerce/contracts/problems';
import type { ApiVersionRules } from './api-versions.ts';
import type { CatalogueCache } from './catalogue-cache.ts';
import type { CoarseAuth } from './coarse-auth.ts';
import { NOTHING_COUNTED, type RateLimits, type Verdict } from './rate-limits.ts';
import type { Waf } from './waf/inspect.ts';

/**
 * The gateway: what the router does with a request besides finding its cell.
 *
 * Owns limits of rate, the first look at tokens, versions of the API and their end, the rules of the
 * firewall, the shared cache of the catalogue and the compression of answers.
 *
 * Refuses what is too much, too old, not meant for the public, without a token where one is always
 * needed, or plainly an attack: all before a cell is touched.
 *
 * Invariants: every part works in memory and waits for nobody. Nothing is let in that the cell would not:
 * its own checks stay. No answer is kept or compressed but what the cell has marked, or what can hold no
 * secret beside a stranger's text.
 */
export interface Gateway {
  /** Looks at a request before its place is sought. */
  admit(visit: Visit): Admission;
  /** Counts it against its partition, once that is known. */
  admitTo(partition: string, before: Admission): Admission;
  /** Looks at a body that is held in memory. */
  judgeBody(body: Buffer, contentType: string | undefined): AppError | undefined;
  readonly cache: CatalogueCache | undefined;
  /** Whether answers of cells are compressed. */
  readonly compresses: boolean;
}

/** What the gateway looks at. */
export interface Visit {
  readonly url: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly clientAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
  readonly nowMs: number;
  /** Whether HAProxy has counted it by address and token already. */
  readonly isCounted: boolean;
}

/** What came of it. */
export interface Admission {
  /** Undefined where the request may go on. */
  readonly refusal: AppError | undefined;
  /** Of the answer, whoever gives it: names and values in turn. */
  readonly headers: readonly string[];
  readonly verdict: Verdict;
}

export interface GatewayParts {
  readonly limits: RateLimits;
  readonly auth: CoarseAuth;
  readonly versions: ApiVersionRules;
  /** Undefined: the firewall is off. */
  readonly waf: Waf | undefined;
  /** `detect` counts what the rules match and lets it through. */
  readonly wafMode: 'block' | 'detect';
  readonly cache: CatalogueCache | undefined;
  readonly compresses: boolean;
  readonly onWafMatch: (rule: string, target: string) => void;
}

/** For services of the platform, which reach a cell without a router. */
export const PRIVATE_PREFIXES = ['/internal/', '/metrics'] as const;
/** Bodies of other types are files, or nothing that a rule could read. */
const READABLE_BODY_PATTERN = /^(?:application\/(?:[a-z.+-]*json|x-www-form-urlencoded)|text\/)/i;

/** Puts the parts together. */
export function createGateway(parts: GatewayParts): Gateway {
  const { limits, auth, versions, waf } = parts;

  const refuseByRules = (match: ReturnType<Waf['inspect']>): AppError | undefined => {
    if (match === undefined) return undefined;
    parts.onWafMatch(match.rule.id, match.target);
    if (parts.wafMode === 'detect') return undefined;
    const extensions = { rule: match.rule.id };
    return new AppError('refused-by-rules', { field: match.target, extensions });
  };

  return Object.freeze({
    cache: parts.cache,
    compresses: parts.compresses,
    admit(visit: Visit): Admission {
      const { url, path, authorization, nowMs } = visit;
      const verdict = visit.isCounted
        ? NOTHING_COUNTED
        : limits.admit({ address: visit.clientAddress, authorization });
      const version = versions.judge(path, nowMs);
      const spoken = version instanceof AppError || version === undefined ? [] : version;
      // Counting comes first: what is refused is counted too, and costs least where there is too much.
      const refusal =
        verdict.refusal ??
        (PRIVATE_PREFIXES.some((prefix) => path.startsWith(prefix))
          ? new AppError('not-found', { field: 'path' })
          : undefined) ??
        (version instanceof AppError ? version : undefined) ??
        refuseByRules(waf?.inspect({ url, userAgent: visit.userAgent, referer: visit.referer })) ??
        auth.judge(path, authorization, nowMs);
      const headers = spoken.length === 0 ? verdict.headers : [...verdict.headers, ...spoken];
      return { refusal, headers, verdict };
    },
    admitTo(partition: string, before: Admission): Admission {
      const verdict = limits.admitTo(partition, before.verdict);
      if (verdict === before.verdict) return before;
      const headers = [...verdict.headers, ...before.headers.slice(before.verdict.headers.length)];
      return { refusal: verdict.refusal, headers, verdict };
    },
    judgeBody(body: Buffer, contentType: string | undefined): AppError | undefined {
      if (waf === undefined || contentType === undefined) return undefined;
      if (!READABLE_BODY_PATTERN.test(contentType)) return undefined;
      return refuseByRules(
        waf.inspect({ url: '/', userAgent: undefined, referer: undefined, body }),
      );
    },
  });
}
