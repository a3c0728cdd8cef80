import type { ComponentType } from 'react';

/**
 * Islands by name, each fetched when it is wanted. A new one is a file here and a line below.
 */
export const ISLANDS = {
  'search-box': () => import('./search-box.tsx').then(({ SearchBox }) => SearchBox),
  'buy-box': () => import('./buy-box.tsx').then(({ BuyBox }) => BuyBox),
} as const satisfies Readonly<
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each island knows its own properties
  Record<string, () => Promise<ComponentType<any>>>
>;

export type IslandName = keyof typeof ISLANDS;
