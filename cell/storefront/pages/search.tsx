import { type Listing, loadListing } from '../listing/load-listing.ts';
import { ListingView } from '../listing/listing-view.tsx';
import { definePage } from '../page.ts';
import { usePage } from '../page-scope.tsx';

/** Products by words, facets and price. */
export const searchPage = definePage<Listing>({
  path: '/search',
  load: async (context) => ({ data: await loadListing(context) }),
  head: ({ selection }, { t }) => ({
    title: selection.q === '' ? t('search.all') : t('search.title', { q: selection.q }),
    noIndex: true,
  }),
  View: SearchView,
});

function SearchView({ data }: { readonly data: Listing }) {
  const { t, href } = usePage();
  const { selection, found } = data;
  const isCorrected = found.correctedText !== undefined && found.correctedText !== selection.q;
  return (
    <ListingView
      listing={data}
      heading={
        <>
          <h1>
            {selection.q === ''
              ? t('search.all')
              : t('search.title', { q: isCorrected ? (found.correctedText ?? '') : selection.q })}
          </h1>
          {isCorrected && (
            <p className="muted">
              {t('search.corrected', { q: selection.q })}{' '}
              <a href={href('/search', { q: selection.q, exact: 'true' })}>
                {t('search.exact', { q: selection.q })}
              </a>
            </p>
          )}
          {found.suggestedText !== undefined && (
            <p>
              {t('search.meant')}{' '}
              <a href={href('/search', { q: found.suggestedText })}>{found.suggestedText}</a>
            </p>
          )}
        </>
      }
    />
  );
}
