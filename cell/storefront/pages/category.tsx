import { Breadcrumbs } from '@commerce/ui/content';
import { type Listing, loadListing } from '../listing/load-listing.ts';
import { ListingView } from '../listing/listing-view.tsx';
import { isNarrowed } from '../listing/selection.ts';
import { definePage, notFound } from '../page.ts';
import { usePage } from '../page-scope.tsx';
import { breadcrumbDocument, itemListDocument, trailOf } from '../structured.ts';

interface CategoryData {
  readonly handle: string;
  readonly name: string;
  readonly listing: Listing;
}

/** The products of a category and those below it. */
export const categoryPage = definePage<CategoryData>({
  path: '/categories/:handle',
  async load(context) {
    const handle = context.params['handle'] ?? '';
    const { items } = await context.read<{ items: Listing['categories'] }>('/v1/categories');
    const category = items.find((item) => item.handle === handle);
    if (category === undefined) throw notFound();
    const listing = await loadListing(context, { category: handle });
    return { data: { handle, name: category.name, listing } };
  },
  head({ handle, name, listing }, context) {
    const { found, selection, categories } = listing;
    const crumbs = trailOf(categories, handle).map((link) => ({
      name: link.name,
      path: `/categories/${link.handle}`,
    }));
    return {
      title: name,
      description: context.t('category.description', { name }),
      canonical: `/categories/${handle}`,
      noIndex: isNarrowed(selection) || selection.cursor !== undefined,
      structured: [breadcrumbDocument(context, crumbs), itemListDocument(context, found.items)],
    };
  },
  View: CategoryView,
});

function CategoryView({ data }: { readonly data: CategoryData }) {
  const { t, href } = usePage();
  const { handle, name, listing } = data;
  const trail = trailOf(listing.categories, handle);
  const children = listing.categories.filter(({ parent }) => parent === handle);
  return (
    <ListingView
      listing={listing}
      heading={
        <>
          <Breadcrumbs
            label={t('nav.breadcrumbs')}
            crumbs={[
              { name: t('site.name'), href: href('/') },
              ...trail.map((link) => ({
                name: link.name,
                href: link.handle === handle ? undefined : href(`/categories/${link.handle}`),
              })),
            ]}
          />
          <h1>{name}</h1>
          {children.length > 0 && (
            <nav className="chips" aria-label={t('category.below', { name })}>
              {children.map((child) => (
                <a key={child.handle} className="chip" href={href(`/categories/${child.handle}`)}>
                  {child.name}
                </a>
              ))}
            </nav>
          )}
        </>
      }
    />
  );
}
