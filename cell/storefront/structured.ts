import type { ApiCard, ApiLink } from './api-types.ts';
import type { PageContext } from './page.ts';

/** Documents of schema.org, for search engines. */

type Document = Readonly<Record<string, unknown>>;

const absolute = ({ origin, locale }: PageContext, path: string): string =>
  `${origin}/${locale.language}${path}`;

/** The way from the home page to here. */
export function breadcrumbDocument(
  context: PageContext,
  crumbs: readonly { readonly name: string; readonly path: string }[],
): Document {
  const all = [{ name: context.t('site.name'), path: '/' }, ...crumbs];
  return {
    '@type': 'BreadcrumbList',
    itemListElement: all.map(({ name, path }, index) => ({
      '@type': 'ListItem',
      position: index + 1,
      name,
      item: absolute(context, path),
    })),
  };
}

/** The products of a list, in its order. */
export function itemListDocument(context: PageContext, cards: readonly ApiCard[]): Document {
  return {
    '@type': 'ItemList',
    itemListElement: cards.map(({ handle, title }, index) => ({
      '@type': 'ListItem',
      position: index + 1,
      name: title,
      url: absolute(context, `/products/${handle}`),
    })),
  };
}

/** The shop, and how it is searched. */
export function siteDocuments(context: PageContext): readonly Document[] {
  const { t, origin } = context;
  return [
    { '@type': 'Organization', name: t('site.name'), url: origin, logo: `${origin}/favicon.svg` },
    {
      '@type': 'WebSite',
      name: t('site.name'),
      url: absolute(context, '/'),
      potentialAction: {
        '@type': 'SearchAction',
        target: {
          '@type': 'EntryPoint',
          urlTemplate: `${absolute(context, '/search')}?q={search_term_string}`,
        },
        'query-input': 'required name=search_term_string',
      },
    },
  ];
}

/** Crumbs of a category, from the top. */
export function trailOf(
  categories: readonly {
    readonly handle: string;
    readonly parent: string | null;
    readonly name: string;
  }[],
  handle: string,
): readonly ApiLink[] {
  const trail: ApiLink[] = [];
  let at = categories.find((category) => category.handle === handle);
  // A tree has no circle; a damaged one must not hang a page.
  while (at !== undefined && trail.length < 10) {
    trail.unshift({ handle: at.handle, name: at.name });
    const { parent } = at;
    at = parent === null ? undefined : categories.find((category) => category.handle === parent);
  }
  return trail;
}
