import { readdirSync, readFileSync } from 'node:fs';

/**
 * A language that the shop speaks. Each is a file in `data/languages`: adding one is adding a file.
 */
export interface Language {
  /** BCP 47. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  /** Tags to try, in order, where a text is missing in this language. */
  readonly fallbacks: readonly string[];
  /** Name of PostgreSQL's text search configuration; `simple` where it has no stemmer. */
  readonly textSearchConfiguration: string;
}

const folder = new URL('../data/languages/', import.meta.url);
const languages: ReadonlyMap<string, Language> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Language)
    .map((language) => [language.tag, language]),
);

/** What a text is shown in where neither the wanted language nor its fallbacks have it. */
export const ROOT_LANGUAGE = 'en';

/** All languages that the shop speaks, by tag. */
export function allLanguages(): readonly Language[] {
  return [...languages.values()];
}

/** The language of a BCP 47 tag as its data file spells it; undefined where there is none. */
export function languageOf(tag: string): Language | undefined {
  return languages.get(tag);
}

/**
 * Tags to look for a text under, best first: the tag itself, the tag shortened part by part as in
 * RFC 4647 (`de-CH` → `de`), the fallbacks of the first that the shop speaks, and the root language.
 * Takes any text; unknown tags lead to the root language.
 */
export function languageChain(tag: string): readonly string[] {
  const chain = new Set<string>();
  for (let part = tag; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('-')))) {
    chain.add(part);
    const language = languages.get(part);
    if (language !== undefined) {
      for (const fallback of language.fallbacks) chain.add(fallback);
      break;
    }
  }
  chain.add(ROOT_LANGUAGE);
  return [...chain];
}

/**
 * Picks the language to answer in from an `Accept-Language` header (RFC 9110), among those that the
 * shop speaks. Returns the root language where none fits or the header is absent or damaged.
 */
export function negotiateLanguage(acceptLanguage: string | undefined): Language {
  const wishes = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((item) => {
      const [tag = '', ...parameters] = item.trim().split(';');
      const quality = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(Boolean);
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter((wish) => wish.tag !== '' && wish.quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  for (const { tag } of wishes) {
    for (let part = tag; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('-')))) {
      const language = languages.get(part) ?? languages.get(part.toLowerCase());
      if (language !== undefined) return language;
    }
  }
  return languages.get(ROOT_LANGUAGE) as Language;
}
