import type { LocalizedText } from '@commerce/contracts/catalog';

/** The text for a reader of a language: that language's, a wider one's, English, or any there is. */
export function textFor(texts: LocalizedText, tag: string): string {
  const parts = tag.split('-');
  for (let length = parts.length; length > 0; length -= 1) {
    const found = texts[parts.slice(0, length).join('-')];
    if (found !== undefined) return found;
  }
  return texts['en'] ?? Object.values(texts)[0] ?? '';
}
