import type { VendorDocument } from '@commerce/contracts/catalog';
import { EmptyState } from '@commerce/ui/content';
import { Link, useSearchParams } from 'react-router';
import { useList } from '../api/lists.ts';
import { useLanguage } from '../i18n/language.tsx';
import { DataTable, MoreButton } from '../parts/data-table.tsx';
import { ChoiceFilter, SearchFilter } from '../parts/filters.tsx';
import { VendorStatusBadge } from '../parts/status-badge.tsx';
import { Page } from '../shell/page.tsx';
import { Shown } from '../shell/states.tsx';

/** All vendors, for an operator: from here one goes to the pages of each. */
export function Vendors() {
  const { text, formats } = useLanguage();
  const [params] = useSearchParams();
  const list = useList<VendorDocument>('/v1/vendors', {
    q: params.get('q') ?? undefined,
    status: params.get('status') ?? undefined,
  });
  return (
    <Page title={text('nav.vendors')}>
      <div className="c-toolbar">
        <SearchFilter label={text('vendors.search')} />
        <ChoiceFilter
          label={text('status')}
          name="status"
          choices={[
            { value: undefined, label: text('all') },
            { value: 'active', label: text('vendor.active') },
            { value: 'pending', label: text('vendor.pending') },
            { value: 'suspended', label: text('vendor.suspended') },
          ]}
        />
      </div>
      <Shown query={{ ...list, data: list.items }}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon="search" title={text('none.title')} text={text('none.text')} />
          ) : (
            <>
              <DataTable
                label={text('nav.vendors')}
                rows={rows}
                rowKey={({ id }) => id}
                columns={[
                  {
                    id: 'name',
                    name: text('vendor'),
                    isHead: true,
                    show: ({ id, name, slug }) => (
                      <Link to={`/vendors/${id}/overview`} className="c-thing">
                        <span>
                          {name}
                          <span className="c-muted c-thing__note">{slug}</span>
                        </span>
                      </Link>
                    ),
                  },
                  {
                    id: 'status',
                    name: text('status'),
                    show: ({ status }) => <VendorStatusBadge status={status} />,
                  },
                  {
                    id: 'country',
                    name: text('country'),
                    show: ({ country }) => formats.country(country),
                  },
                ]}
              />
              <MoreButton list={list} />
            </>
          )
        }
      </Shown>
    </Page>
  );
}
