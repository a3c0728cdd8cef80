import type { ProductStatus } from '@commerce/contracts/catalog';
import { marketOfCountry } from '@commerce/contracts/markets';
import { EmptyState } from '@commerce/ui/content';
import { Icon } from '@commerce/ui/icon';
import { Link, useSearchParams } from 'react-router';
import { useList } from '../api/lists.ts';
import type { ProductRow } from '../api/types.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import { type Column, DataTable, MoreButton } from '../parts/data-table.tsx';
import { ChoiceFilter, SearchFilter } from '../parts/filters.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { Picture } from '../parts/picture.tsx';
import { ProductStatusBadge } from '../parts/status-badge.tsx';
import { Page } from '../shell/page.tsx';
import { useMayWrite } from '../shell/session.tsx';
import { Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';

/** Below this a product is about to be sold out. */
export const LOW_UNITS = 5;

/** The price that is shown of a product: that of its vendor's own market, else the first. */
function PriceRange({ prices }: Pick<ProductRow, 'prices'>) {
  const { formats } = useLanguage();
  const { vendor } = useVendor();
  const home = marketOfCountry(vendor.country)?.id;
  const range = prices.find(({ market }) => market === home) ?? prices[0];
  if (range === undefined) return null;
  const from = formats.money(range.fromMinor, range.currency);
  return range.fromMinor === range.toMinor ? (
    <>{from}</>
  ) : (
    <>
      {from} – {formats.money(range.toMinor, range.currency)}
    </>
  );
}

function useColumns(): Column<ProductRow>[] {
  const { text, tag, formats } = useLanguage();
  const { base } = useVendor();
  return [
    {
      id: 'product',
      name: text('product'),
      isHead: true,
      show: ({ id, handle, titles, picture }) => (
        <Link to={`${base}/products/${id}`} className="c-thing">
          <Picture hash={picture} />
          <span>
            {textFor(titles, tag) || handle}
            <span className="c-muted c-thing__note">{handle}</span>
          </span>
        </Link>
      ),
    },
    {
      id: 'status',
      name: text('status'),
      show: ({ status }) => <ProductStatusBadge status={status} />,
    },
    {
      id: 'sellable',
      name: text('sellable'),
      align: 'end',
      show: ({ sellable }) => (
        <span data-tone={sellable <= LOW_UNITS ? 'danger' : undefined}>
          {formats.number(sellable)}
        </span>
      ),
    },
    {
      id: 'variants',
      name: text('variants'),
      align: 'end',
      show: ({ variants }) => formats.number(variants),
    },
    {
      id: 'price',
      name: text('price'),
      align: 'end',
      show: ({ prices }) => <PriceRange prices={prices} />,
    },
    {
      id: 'updated',
      name: text('updated'),
      align: 'end',
      show: ({ updatedAt }) => <time dateTime={updatedAt}>{formats.date(updatedAt)}</time>,
    },
  ];
}

function NoProducts({ filtered }: { readonly filtered: boolean }) {
  const text = useText();
  const { base } = useVendor();
  if (filtered) {
    return <EmptyState icon="search" title={text('none.title')} text={text('none.text')} />;
  }
  return (
    <EmptyState
      title={text('products.empty.title')}
      text={text('products.empty.text')}
      actions={
        <>
          <LinkButton to={`${base}/products/new`} variant="primary">
            {text('products.new')}
          </LinkButton>
          <LinkButton to={`${base}/imports`}>{text('nav.imports')}</LinkButton>
        </>
      }
    />
  );
}

const STATUSES: readonly ProductStatus[] = ['active', 'draft', 'archived'];

/** The vendor's products, to find one and go to it. */
export function Products() {
  const text = useText();
  const { base, api } = useVendor();
  const mayWrite = useMayWrite();
  const [params] = useSearchParams();
  const q = params.get('q') ?? undefined;
  const status = STATUSES.find((one) => one === params.get('status'));
  const list = useList<ProductRow>(`${api}/products`, { q, status });
  const columns = useColumns();
  return (
    <Page
      title={text('nav.products')}
      actions={
        mayWrite && (
          <LinkButton to={`${base}/products/new`} variant="primary">
            <Icon name="plus" />
            {text('products.new')}
          </LinkButton>
        )
      }
    >
      <div className="c-toolbar">
        <SearchFilter label={text('products.search')} />
        <ChoiceFilter
          label={text('status')}
          name="status"
          choices={[
            { value: undefined, label: text('all') },
            { value: 'active', label: text('status.active') },
            { value: 'draft', label: text('status.draft') },
            { value: 'archived', label: text('status.archived') },
          ]}
        />
      </div>
      <Shown query={{ ...list, data: list.items }}>
        {(rows) =>
          rows.length === 0 ? (
            <NoProducts filtered={q !== undefined || status !== undefined} />
          ) : (
            <>
              <DataTable
                label={text('nav.products')}
                columns={columns}
                rows={rows}
                rowKey={({ id }) => id}
              />
              <MoreButton list={list} />
            </>
          )
        }
      </Shown>
    </Page>
  );
}
