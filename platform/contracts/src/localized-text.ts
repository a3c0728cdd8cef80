import type { LocalizedText } from './catalog.ts';
import { languageChain } from './languages.ts';

const chains = new Map<string, readonly string[]>();

function chainOf(language: string): readonly string[] {
  let chain = chains.get(language);
  if (chain === undefined) {
    chain = languageChain(language);
    // Tags may come from clients; the shop's own languages are far fewer than this.
    if (chains.size < 200) chains.set(language, chain);
  }
  return chain;
}

/**
 * The text to show in a language (BCP 47): that language's own, then along its fallbacks, then the
 * root language's, then any. Empty where there is no text at all.
 */
export function textIn(texts: LocalizedText, language: string): string {
  const own = texts[language];
  if (own !== undefined) return own;
  for (const tag of chainOf(language)) {
    const text = texts[tag];
    if (text !== undefined) return text;
  }
  for (const text of Object.values(texts)) return text;
  return '';
}
