import { createContext, use } from 'react';
import type { PageContext } from './page.ts';

/** The request that is answered, for every component of the page. */
export const PageScope = createContext<PageContext | undefined>(undefined);

/** The request that is answered. Islands don't have it: they get what they need as properties. */
export function usePage(): PageContext {
  const context = use(PageScope);
  if (context === undefined) throw new Error('an island, or no page, asked for the request');
  return context;
}
