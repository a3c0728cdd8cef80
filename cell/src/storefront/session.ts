import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { ApiAnswer } from '../../storefront/contract.ts';
import type { ShopCookies } from './cookies.ts';

/**
 * A signed-in shopper's session, in two cookies that no script can read. An access token that is about to
 * expire is renewed with the refresh token before it is used, so that nobody is signed out by waiting.
 */
export interface PageSession {
  /**
   * The access token to call the API with.
   * @returns what the API answered where it could not be renewed; undefined where nobody is signed in
   */
  bearer(): Promise<{ readonly token: string } | { readonly refused: ApiAnswer } | undefined>;
}

/** As long as a session that is not used. The token in it is good for minutes. */
const KEPT_S = 30 * 24 * 60 * 60;
/** One that ends sooner might end on its way. */
const LEFT_S_MIN = 20;

/** Keeps the tokens of a session that has begun or was renewed. */
function keepTokens(
  cookies: Pick<ShopCookies, 'set'>,
  tokens: { readonly accessToken: string; readonly refreshToken: string },
): void {
  cookies.set('access', tokens.accessToken, KEPT_S);
  cookies.set('refresh', tokens.refreshToken, KEPT_S);
}

function isFresh(token: string, nowMs: number): boolean {
  try {
    return (decodeJwt(token).exp ?? 0) > nowMs / 1000 + LEFT_S_MIN;
  } catch {
    return false;
  }
}

/** @param renew calls `POST /v1/sessions/refresh` */
export function createPageSession(options: {
  readonly cookies: ShopCookies;
  readonly nowMs: number;
  readonly renew: (refreshToken: string, key: string) => Promise<ApiAnswer>;
}): PageSession {
  const { cookies, nowMs, renew } = options;
  /** Calls of one page that come at the same time wait for one renewal. */
  let renewing: ReturnType<PageSession['bearer']> | undefined;

  const renewWith = async (refreshToken: string): ReturnType<PageSession['bearer']> => {
    // Two pages that are opened at once renew with the same key and get the same tokens.
    const key = createHash('sha256').update(refreshToken).digest('base64url');
    const answer = await renew(refreshToken, `page-${key}`);
    if (answer.status === 200) {
      const tokens = answer.body as { accessToken: string; refreshToken: string };
      keepTokens(cookies, tokens);
      return { token: tokens.accessToken };
    }
    if (answer.status !== 400 && answer.status !== 401) return { refused: answer };
    cookies.clear('access');
    cookies.clear('refresh');
    return undefined;
  };

  return Object.freeze<PageSession>({
    async bearer() {
      const access = cookies.get('access');
      if (access !== undefined && isFresh(access, nowMs)) return { token: access };
      const refreshToken = cookies.get('refresh');
      if (refreshToken === undefined) return undefined;
      renewing ??= renewWith(refreshToken).finally(() => (renewing = undefined));
      return renewing;
    },
  });
}
