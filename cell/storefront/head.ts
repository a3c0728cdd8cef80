import type { BuiltFiles, PageRequest } from './contract.ts';
import type { Translate } from './i18n.ts';

/** What a page says of itself to browsers, search engines and those who share it. */
export interface HeadTags {
  /** Without the shop's name. Undefined: the shop's name alone. */
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** The page's own address below the language, with the parameters that make it another page. */
  readonly canonical?: string | undefined;
  /** Picture for those who share it; absolute or from the root. */
  readonly image?: string | undefined;
  readonly type?: 'website' | 'product';
  /** The picture that is seen first, to be fetched at once. */
  readonly preloadImage?: string | undefined;
  /** Another page to go to by itself, in seconds: for what is waited for. */
  readonly refresh?: { readonly afterS: number; readonly to: string } | undefined;
  /** Pages that are one shopper's, or one moment's. */
  readonly noIndex?: boolean;
  /** Schema.org documents. */
  readonly structured?: readonly Readonly<Record<string, unknown>>[];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] as string);
}

/** JSON that can stand in a script element: no text in it can end the element. */
export function toScriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

const meta = (name: string, content: string): string =>
  `<meta name="${name}" content="${escapeHtml(content)}">`;
const property = (name: string, content: string): string =>
  `<meta property="${name}" content="${escapeHtml(content)}">`;

export interface HeadOptions {
  readonly request: PageRequest;
  readonly t: Translate;
  readonly files: BuiltFiles;
  readonly languages: readonly string[];
}

/** The document from its first byte to the start of its body. */
export function renderHead(tags: HeadTags, options: HeadOptions): string {
  const { request, t, files } = options;
  const { language, direction } = request.locale;
  const site = t('site.name');
  const title =
    tags.title === undefined ? `${site}: ${t('site.tagline')}` : `${tags.title} · ${site}`;
  const entry = files.entries['entry-client.ts'];
  const parts = [
    `<!doctype html><html lang="${language}" dir="${direction}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    ...(tags.refresh === undefined
      ? []
      : [
          `<meta http-equiv="refresh" content="${tags.refresh.afterS};url=${escapeHtml(tags.refresh.to)}">`,
        ]),
    ...(entry?.styles ?? []).map((href) => `<link rel="stylesheet" href="${href}">`),
    ...(tags.preloadImage === undefined
      ? []
      : [
          `<link rel="preload" as="image" href="${escapeHtml(tags.preloadImage)}" fetchpriority="high">`,
        ]),
    ...(entry === undefined ? [] : [`<script type="module" src="${entry.script}"></script>`]),
    meta('description', tags.description ?? t('site.description')),
    meta('color-scheme', 'light dark'),
    '<meta name="theme-color" content="#fbfaf7" media="(prefers-color-scheme: light)">',
    '<meta name="theme-color" content="#131211" media="(prefers-color-scheme: dark)">',
    '<link rel="icon" href="/favicon.svg" type="image/svg+xml">',
    `<link rel="manifest" href="/${language}/manifest.webmanifest">`,
    ...(tags.noIndex === true ? [meta('robots', 'noindex')] : renderLinks(tags, options)),
    ...renderSharing(tags, title, options),
    ...(tags.structured ?? []).map(
      (document) =>
        `<script type="application/ld+json">${toScriptJson({ '@context': 'https://schema.org', ...document })}</script>`,
    ),
  ];
  return `${parts.join('\n')}\n</head>\n`;
}

/** The page's one address, and the same page in other languages. */
function renderLinks(tags: HeadTags, { request, languages }: HeadOptions): string[] {
  if (tags.canonical === undefined) return [];
  const { origin, locale } = request;
  const at = (language: string): string => escapeHtml(`${origin}/${language}${tags.canonical}`);
  return [
    `<link rel="canonical" href="${at(locale.language)}">`,
    ...languages.map((tag) => `<link rel="alternate" hreflang="${tag}" href="${at(tag)}">`),
    `<link rel="alternate" hreflang="x-default" href="${at('en')}">`,
  ];
}

function renderSharing(tags: HeadTags, title: string, { request, t }: HeadOptions): string[] {
  const { origin, locale } = request;
  return [
    property('og:site_name', t('site.name')),
    property('og:title', title),
    property('og:description', tags.description ?? t('site.description')),
    property('og:type', tags.type ?? 'website'),
    property('og:locale', locale.language.replace('-', '_')),
    ...(tags.canonical === undefined
      ? []
      : [property('og:url', `${origin}/${locale.language}${tags.canonical}`)]),
    ...(tags.image === undefined ? [] : [property('og:image', new URL(tags.image, origin).href)]),
    meta('twitter:card', tags.image === undefined ? 'summary' : 'summary_large_image'),
  ];
}
