import { WAF_RULES, type WafRule, type WafTarget } from './rules.ts';

/** What of a request the rules look at. */
export interface Inspected {
  /** Path and query as they came. */
  readonly url: string;
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
  /** Undefined where there is none, or it is not looked at. */
  readonly body?: Buffer | undefined;
}

/** A rule that matched, and where. */
export interface WafMatch {
  readonly rule: WafRule;
  readonly target: WafTarget;
}

export interface Waf {
  /** The first rule that matches; undefined for nearly all requests. */
  inspect(request: Inspected): WafMatch | undefined;
}

/** Longer texts are looked at up to here: rules are about what stands in plain sight. */
const TEXT_LENGTH_MAX = 8_192;
/**
 * Signs without which no rule can match: most addresses have none of them, and are let through after
 * one pass. A test proves that each rule needs one.
 */
export const SUSPICIOUS_PATTERN =
  /[<'"`;|\\{}()*\n\r]|%|[+]|[.][.]|:\/|[.](?:git|svn|env|aws|ssh|ht|ini|ds)|_proto__|prototype|script:|wp-|php|cgi-bin|\/etc\/|\/proc\/|_schema|pg_|sqlite_|sys[.]|union|java[.]|child_|ro0ab|text\/html|windows/i;

interface Prepared {
  readonly rule: WafRule;
  readonly pattern: RegExp;
}

/** Makes the firewall of these rules. */
export function createWaf(rules: readonly WafRule[] = WAF_RULES): Waf {
  const byTarget = new Map<WafTarget, Prepared[]>();
  for (const rule of rules) {
    const pattern = new RegExp(rule.pattern);
    for (const target of rule.targets) {
      const known = byTarget.get(target);
      if (known === undefined) byTarget.set(target, [{ rule, pattern }]);
      else known.push({ rule, pattern });
    }
  }
  const look = (target: WafTarget, text: string): WafMatch | undefined => {
    const plain = normalise(text.slice(0, TEXT_LENGTH_MAX));
    for (const { rule, pattern } of byTarget.get(target) ?? []) {
      if (pattern.test(plain)) return { rule, target };
    }
    return undefined;
  };
  // Browsers name themselves in few ways: each is looked at once.
  const agents = createRemembered((agent) => look('user-agent', agent));
  const referers = createRemembered((referer) => look('referer', referer));

  return Object.freeze({
    inspect({ url, userAgent, referer, body }: Inspected): WafMatch | undefined {
      let found = inspectAddress(url, look);
      if (found === undefined && userAgent !== undefined) found = agents(userAgent);
      if (found === undefined && referer !== undefined) found = referers(referer);
      if (found === undefined && body !== undefined) {
        const text = body.toString('utf8', 0, TEXT_LENGTH_MAX);
        if (SUSPICIOUS_PATTERN.test(text)) found = look('body', text);
      }
      return found;
    },
  });
}

type Look = (target: WafTarget, text: string) => WafMatch | undefined;

function inspectAddress(url: string, look: Look): WafMatch | undefined {
  if (!SUSPICIOUS_PATTERN.test(url)) return undefined;
  const queryAt = url.indexOf('?');
  if (queryAt === -1) return look('path', url);
  return look('path', url.slice(0, queryAt)) ?? look('query', url.slice(queryAt + 1));
}

const REMEMBERED_MAX = 2_000;

function createRemembered(
  judge: (text: string) => WafMatch | undefined,
): (text: string) => WafMatch | undefined {
  const remembered = new Map<string, WafMatch | undefined>();
  return (text) => {
    if (remembered.has(text)) return remembered.get(text);
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    const found = judge(text);
    remembered.set(text, found);
    return found;
  };
}

/**
 * Text as the rules are written for: escapes decoded twice, since that is how deep they are nested to get
 * past a first reader, in lower case, comments and white space as one blank.
 */
export function normalise(text: string): string {
  let plain = text;
  for (let round = 0; round < 2 && plain.includes('%'); round++) plain = decodeEscapes(plain);
  return plain
    .replaceAll('+', ' ')
    .toLowerCase()
    .replace(/\/\*[^*]{0,64}\*\//g, ' ')
    .replace(/[\t\v\f \u00a0]+/g, ' ');
}

function decodeEscapes(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // What is not UTF-8 is read byte by byte.
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}
