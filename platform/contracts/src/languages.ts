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
  /** Other tags that mean this language, such as `no` for Norwegian Bokmål. */
  readonly aliases?: readonly string[];
}

const folder = new URL('../data/languages/', import.meta.url);
const languages: ReadonlyMap<string, Language> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Language)
    .toSorted((a, b) => (a.tag < b.tag ? -1 : 1))
    .map((language) => [language.tag, language]),
);

const byAlias: ReadonlyMap<string, Language> = new Map(
  [...languages.values()].flatMap((language) =>
    (language.aliases ?? []).map((alias) => [alias, language] as const),
  ),
);

/** Tags are read from clients: longer ones are none. */
const TAG_LENGTH_MAX = 35;

/**
 * The language that a tag written by a client is answered in, undefined where the shop speaks none
 * that fits. The tag is shortened part by part (`de-CH` → `de`); old and other names are understood
 * (`iw`, `no`), and where only the script tells two languages apart, the likely one of the country is
 * taken: `zh-HK` is read in traditional signs.
 */
function matchLanguage(tag: string): Language | undefined {
  if (tag.length > TAG_LENGTH_MAX) return undefined;
  let locale: Intl.Locale;
  try {
    locale = new Intl.Locale(tag);
  } catch {
    return undefined;
  }
  const { language, script } = locale.maximize();
  const parts = locale.baseName.split('-');
  const shortened = parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
  const [plain = language] = shortened.slice(-1);
  for (const part of [...shortened.slice(0, -1), `${language}-${script ?? ''}`, plain]) {
    const found = languages.get(part) ?? byAlias.get(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

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
    const language = matchLanguage(tag);
    if (language !== undefined) return language;
  }
  return languages.get(ROOT_LANGUAGE) as Language;
}
