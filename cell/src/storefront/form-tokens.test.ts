import { expect, it } from 'vitest';
import type { ShopCookies } from './cookies.ts';
import { createFormTokens } from './form-tokens.ts';

function jar(): ShopCookies {
  const values = new Map<string, string>();
  const cookies: Pick<ShopCookies, 'get' | 'set'> = {
    get: (name) => values.get(name),
    set: (name, value) => void values.set(name, value),
  };
  return cookies as ShopCookies;
}

it('gives each page another token, all of which belong to the browser and to no other', () => {
  const tokens = createFormTokens(new Uint8Array(32).fill(7));
  const [mine, another] = [jar(), jar()];
  const issued = Array.from({ length: 50 }, () => tokens.issue(mine));
  tokens.issue(another);
  expect(new Set(issued).size).toBe(50);
  // Not one place in the text says the same twice as often as chance would have it.
  for (let place = 0; place < 48; place++) {
    expect(new Set(issued.map((token) => token[place])).size).toBeGreaterThan(15);
  }
  for (const token of issued) {
    expect(tokens.isOwn(mine, token)).toBe(true);
    expect(tokens.isOwn(another, token)).toBe(false);
  }
  for (const wrong of ['', 'x', issued[0]?.slice(0, 47) as string, `${issued[0]}AAAA`]) {
    expect(tokens.isOwn(mine, wrong)).toBe(false);
  }
});
