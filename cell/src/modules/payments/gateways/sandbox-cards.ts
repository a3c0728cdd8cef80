import type { Clock } from '@commerce/service/clock';
import type { TestCard } from './gateway.ts';

/** The cards change with a release of the gateway, so they are asked for now and then. */
const KEPT_MS = 60_000;

interface SandboxToken {
  readonly token: string;
  readonly description: string;
  readonly brand: string;
  readonly lastDigits: string;
  readonly declineCode?: string;
  readonly challenge?: boolean;
}

function outcomeOf(token: SandboxToken): TestCard['outcome'] {
  if (token.challenge === true) return 'challenge';
  if (token.declineCode !== undefined) return 'declined';
  const plain = ['token', 'description', 'brand', 'lastDigits'];
  return Object.keys(token).every((name) => plain.includes(name)) ? 'approved' : 'unusual';
}

/**
 * The sandbox's cards, from its own list.
 * @param fetchTokens gives the body of the gateway's list; undefined where it does not answer
 */
export function createTestCards(
  clock: Clock,
  fetchTokens: () => Promise<unknown>,
): () => Promise<readonly TestCard[]> {
  let kept: readonly TestCard[] = [];
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.nowMs() - askedAtMs < KEPT_MS) return kept;
    const body = (await fetchTokens()) as { tokens?: readonly SandboxToken[] } | undefined;
    // What was known before is better than nothing; the next checkout asks again.
    if (body?.tokens === undefined) return kept;
    askedAtMs = clock.nowMs();
    kept = body.tokens.map((token) => ({
      token: token.token,
      brand: token.brand,
      lastDigits: token.lastDigits,
      outcome: outcomeOf(token),
      description: token.description,
    }));
    return kept;
  };
}
