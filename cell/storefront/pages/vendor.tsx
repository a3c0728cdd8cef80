import { Icon } from '@commerce/ui/icon';
import type { ApiVendor } from '../api-types.ts';
import { type Listing, loadListing } from '../listing/load-listing.ts';
import { ListingView } from '../listing/listing-view.tsx';
import { isNarrowed } from '../listing/selection.ts';
import { definePage } from '../page.ts';
import { usePage } from '../page-scope.tsx';
import { breadcrumbDocument, itemListDocument } from '../structured.ts';

interface VendorData {
  readonly vendor: ApiVendor;
  readonly listing: Listing;
}

/** Who makes and sends things, and what. */
export const vendorPage = definePage<VendorData>({
  path: '/vendors/:slug',
  async load(context) {
    const slug = context.params['slug'] ?? '';
    const [vendor, listing] = await Promise.all([
      context.read<ApiVendor>(`/v1/vendors/${encodeURIComponent(slug)}`),
      loadListing(context, { vendor: slug }),
    ]);
    return { data: { vendor, listing } };
  },
  head({ vendor, listing }, context) {
    const path = `/vendors/${vendor.slug}`;
    return {
      title: vendor.name,
      description: context.t('vendor.description', {
        name: vendor.name,
        country: vendor.countryName,
      }),
      canonical: path,
      noIndex: isNarrowed(listing.selection) || listing.selection.cursor !== undefined,
      structured: [
        breadcrumbDocument(context, [{ name: vendor.name, path }]),
        itemListDocument(context, listing.found.items),
      ],
    };
  },
  View: VendorView,
});

function VendorView({ data }: { readonly data: VendorData }) {
  const { t } = usePage();
  const { vendor, listing } = data;
  return (
    <ListingView
      listing={listing}
      heading={
        <div className="vendor-heading">
          <span className="vendor-mark" aria-hidden="true">
            {initialsOf(vendor.name)}
          </span>
          <div>
            <h1>{vendor.name}</h1>
            <p className="muted vendor-heading__place">
              <Icon name="pin" />
              {t('vendor.place', { country: vendor.countryName })}
            </p>
          </div>
        </div>
      }
    />
  );
}

/** Two letters that stand for a vendor where there is no mark. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return words
    .slice(0, 2)
    .map((word) => [...word][0])
    .join('')
    .toLocaleUpperCase('en');
}
