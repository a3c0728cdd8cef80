import { EmptyState } from '@commerce/ui/content';
import { SelectField } from '@commerce/ui/field';
import { Link, useSearchParams } from 'react-router';
import { useList } from '../api/lists.ts';
import type { Completeness, Order, OrderPage } from '../api/types.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { CompletenessNotice } from '../parts/completeness.tsx';
import { type Column, DataTable, MoreButton } from '../parts/data-table.tsx';
import { ChoiceFilter, SearchFilter } from '../parts/filters.tsx';
import { OrderStateBadge } from '../parts/status-badge.tsx';
import { Page } from '../shell/page.tsx';
import { Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';

/** New orders appear by themselves. */
const REFETCH_MS = 5_000;

function useColumns(): Column<Order>[] {
  const { text, formats } = useLanguage();
  const { base } = useVendor();
  return [
    {
      id: 'order',
      name: text('order'),
      isHead: true,
      show: ({ orderId, displayNumber }) => (
        <Link to={`${base}/orders/${orderId}`} className="c-strong">
          {displayNumber}
        </Link>
      ),
    },
    {
      id: 'placed',
      name: text('order.placedAt'),
      show: ({ placedAt }) => <time dateTime={placedAt}>{formats.dateTime(placedAt)}</time>,
    },
    {
      id: 'state',
      name: text('status'),
      show: ({ state, fulfillment }) => <OrderStateBadge state={state} fulfillment={fulfillment} />,
    },
    { id: 'cell', name: text('cell'), show: ({ cell }) => <span className="c-cell">{cell}</span> },
    {
      id: 'to',
      name: text('order.shipTo'),
      show: ({ shipToCountry }) => formats.country(shipToCountry),
    },
    {
      id: 'units',
      name: text('units'),
      align: 'end',
      show: ({ lines }) => formats.number(lines.reduce((sum, { quantity }) => sum + quantity, 0)),
    },
    {
      id: 'total',
      name: text('total'),
      align: 'end',
      show: ({ totalMinor, currency }) => formats.money(totalMinor, currency),
    },
  ];
}

function CellFilter({ cells }: { readonly cells: readonly Completeness[] }) {
  const text = useText();
  const [params, setParams] = useSearchParams();
  return (
    <SelectField
      label={text('cell')}
      hideLabel
      value={params.get('cell') ?? ''}
      onChange={({ target }) =>
        setParams(
          (before) => {
            if (target.value === '') before.delete('cell');
            else before.set('cell', target.value);
            return before;
          },
          { replace: true },
        )
      }
    >
      <option value="">{text('cells.all')}</option>
      {cells.map(({ cell }) => (
        <option key={cell}>{cell}</option>
      ))}
    </SelectField>
  );
}

/** The vendor's orders of all cells. */
export function Orders() {
  const text = useText();
  const { api } = useVendor();
  const [params] = useSearchParams();
  const filter = {
    q: params.get('q') ?? undefined,
    state: params.get('state') ?? undefined,
    cell: params.get('cell') ?? undefined,
  };
  const list = useList<Order, OrderPage>(`${api}/orders`, filter, { refetchMs: REFETCH_MS });
  const columns = useColumns();
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const completeness = list.first?.completeness ?? [];
  return (
    <Page title={text('nav.orders')}>
      <CompletenessNotice cells={completeness} />
      <div className="c-toolbar">
        <SearchFilter label={text('orders.search')} />
        <ChoiceFilter
          label={text('status')}
          name="state"
          choices={[
            { value: undefined, label: text('all') },
            { value: 'placed', label: text('order.placed') },
            { value: 'paid', label: text('order.paid') },
            { value: 'canceled', label: text('order.canceled') },
          ]}
        />
        <CellFilter cells={completeness} />
      </div>
      <Shown query={{ ...list, data: list.items }}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              icon="receipt"
              title={text(filtered ? 'none.title' : 'orders.empty.title')}
              text={text(filtered ? 'none.text' : 'orders.empty.text')}
            />
          ) : (
            <>
              <DataTable
                label={text('nav.orders')}
                columns={columns}
                rows={rows}
                rowKey={({ orderId }) => orderId}
              />
              <MoreButton list={list} />
            </>
          )
        }
      </Shown>
    </Page>
  );
}
