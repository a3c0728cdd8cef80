import { Card, EmptyState } from '@commerce/ui/content';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { read } from '../api/client.ts';
import { useList } from '../api/lists.ts';
import type { Order, OrderPage, Page as ListPage, Sales, StockRow } from '../api/types.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import { Bars } from '../parts/bars.tsx';
import { CellsAnswering, CompletenessNotice } from '../parts/completeness.tsx';
import { ChoiceFilter } from '../parts/filters.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { daysBetween, sumBy, sumSales } from '../parts/sales.ts';
import { OrderStateBadge } from '../parts/status-badge.tsx';
import { Page } from '../shell/page.tsx';
import { Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';
import { LOW_UNITS } from './products.tsx';

const REFETCH_MS = 5_000;
const PERIODS = ['7', '30', '90'] as const;
const SHOWN = 5;

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Card className="c-figure">
      <h2>{name}</h2>
      <div className="c-figure__value">{children}</div>
    </Card>
  );
}

/** The sums of the period. Currencies stand beside each other: nobody adds euros to dollars. */
function Figures({ sales }: { readonly sales: Sales }) {
  const { text, formats } = useLanguage();
  const { orders, units, amounts } = sumSales(sales.days);
  return (
    <div className="c-figures">
      <Figure name={text('overview.sales')}>
        {amounts.length === 0 ? (
          <p>–</p>
        ) : (
          amounts.map(({ currency, totalMinor }) => (
            <p key={currency}>{formats.money(totalMinor, currency)}</p>
          ))
        )}
      </Figure>
      <Figure name={text('nav.orders')}>
        <p>{formats.number(orders)}</p>
      </Figure>
      <Figure name={text('overview.units')}>
        <p>{formats.number(units)}</p>
      </Figure>
    </div>
  );
}

function OrdersByDay({ sales }: { readonly sales: Sales }) {
  const { text, formats } = useLanguage();
  const byDay = sumBy(sales.days, ({ day }) => day);
  const days = daysBetween(sales.from, sales.to);
  const counts = days.map((day) => byDay.get(day)?.orders ?? 0);
  return (
    <Card>
      <h2>{text('overview.byDay')}</h2>
      <Bars
        title={text('overview.byDay')}
        bars={days.map((day, index) => ({
          value: counts[index] ?? 0,
          label: text('overview.dayOrders', { day: formats.day(day), count: counts[index] ?? 0 }),
        }))}
        from={formats.day(sales.from)}
        to={formats.day(sales.to)}
        top={formats.number(Math.max(0, ...counts))}
      />
    </Card>
  );
}

function NothingSold() {
  const text = useText();
  const { base } = useVendor();
  return (
    <Card>
      <EmptyState
        icon="chart"
        title={text('overview.empty.title')}
        text={text('overview.empty.text')}
        actions={<LinkButton to={`${base}/products`}>{text('nav.products')}</LinkButton>}
      />
    </Card>
  );
}

function CellsCard({ sales }: { readonly sales: Sales }) {
  const { text, formats } = useLanguage();
  const byCell = sumBy(sales.days, ({ cell }) => cell);
  const most = Math.max(1, ...[...byCell.values()].map(({ orders }) => orders));
  return (
    <Card>
      <h2>{text('overview.byCell')}</h2>
      <ul className="c-meters">
        {sales.completeness.map(({ cell }) => {
          const orders = byCell.get(cell)?.orders ?? 0;
          return (
            <li key={cell}>
              <span>{cell}</span>
              <span className="c-muted">{formats.number(orders)}</span>
              <meter aria-label={cell} min={0} max={most} value={orders} />
            </li>
          );
        })}
      </ul>
      <h3>{text('overview.cells')}</h3>
      <CellsAnswering cells={sales.completeness} />
    </Card>
  );
}

function BestCard({ sales }: { readonly sales: Sales }) {
  const { tag, text, formats } = useLanguage();
  return (
    <Card>
      <h2>{text('overview.best')}</h2>
      {sales.best.length === 0 ? (
        <p className="c-muted">{text('overview.nothingSold')}</p>
      ) : (
        <ol className="c-rows">
          {sales.best.slice(0, SHOWN).map(({ sku, title, titles, currency, units, totalMinor }) => (
            <li key={`${sku} ${currency}`}>
              <span className="c-rows__main">
                {textFor(titles, tag) || title}
                <span className="c-muted c-thing__note">{sku}</span>
              </span>
              <span className="c-muted">{text('unitCount', { count: units })}</span>
              <span>{formats.money(totalMinor, currency)}</span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function LatestOrders() {
  const { text, formats } = useLanguage();
  const { api, base } = useVendor();
  const list = useList<Order, OrderPage>(
    `${api}/orders`,
    { limit: SHOWN },
    { refetchMs: REFETCH_MS },
  );
  return (
    <Card>
      <div className="c-card-head">
        <h2>{text('overview.latest')}</h2>
        <LinkButton to={`${base}/orders`} variant="ghost" size="small">
          {text('all')}
        </LinkButton>
      </div>
      <Shown query={{ ...list, data: list.items }} rows={SHOWN}>
        {(orders) =>
          orders.length === 0 ? (
            <p className="c-muted">{text('orders.empty.text')}</p>
          ) : (
            <ul className="c-rows">
              {orders.slice(0, SHOWN).map((order) => (
                <li key={order.orderId}>
                  <span className="c-rows__main">
                    <Link to={`${base}/orders/${order.orderId}`}>{order.displayNumber}</Link>
                    <span className="c-muted c-thing__note">
                      <bdi>{order.cell}</bdi> · <bdi>{formats.dateTime(order.placedAt)}</bdi>
                    </span>
                  </span>
                  <OrderStateBadge state={order.state} fulfillment={order.fulfillment} />
                  <span>{formats.money(order.totalMinor, order.currency)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}

function LowStock() {
  const text = useText();
  const { api, base } = useVendor();
  const query = useQuery({
    queryKey: ['list', `${api}/stock`, 'low'],
    queryFn: ({ signal }) =>
      read<ListPage<StockRow>>(`${api}/stock`, {
        query: { atMost: LOW_UNITS, limit: SHOWN },
        signal,
      }),
  });
  return (
    <Card>
      <div className="c-card-head">
        <h2>{text('overview.low')}</h2>
        <LinkButton to={`${base}/stock?level=low`} variant="ghost" size="small">
          {text('all')}
        </LinkButton>
      </div>
      <Shown query={query} rows={SHOWN}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="c-muted">{text('overview.nothingLow')}</p>
          ) : (
            <ul className="c-rows">
              {items.map(({ sku, productId, sellable }) => (
                <li key={sku}>
                  <span className="c-rows__main">
                    <Link to={`${base}/products/${productId}`}>{sku}</Link>
                  </span>
                  <span data-tone="danger">{text('unitCount', { count: sellable })}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}

function Sold({ days }: { readonly days: string }) {
  const { api } = useVendor();
  const query = useQuery({
    queryKey: ['sales', api, days],
    queryFn: ({ signal }) => read<Sales>(`${api}/sales`, { query: { days }, signal }),
    refetchInterval: REFETCH_MS,
    placeholderData: (previous) => previous,
  });
  return (
    <Shown query={query}>
      {(sales) => (
        <div className="c-stack">
          <CompletenessNotice cells={sales.completeness} />
          <Figures sales={sales} />
          <div className="c-split">
            {sales.days.length === 0 ? <NothingSold /> : <OrdersByDay sales={sales} />}
            <CellsCard sales={sales} />
          </div>
          <div className="c-thirds">
            <LatestOrders />
            <BestCard sales={sales} />
            <LowStock />
          </div>
        </div>
      )}
    </Shown>
  );
}

/** What one looks at first: how it sells, in all cells at once, and what wants attention. */
export function Overview() {
  const text = useText();
  const [params] = useSearchParams();
  const days = PERIODS.find((period) => period === params.get('days')) ?? '30';
  return (
    <Page
      title={text('nav.overview')}
      actions={
        <ChoiceFilter
          label={text('overview.period')}
          name="days"
          choices={PERIODS.map((period) => ({
            value: period === '30' ? undefined : period,
            label: text('dayCount', { count: Number(period) }),
          }))}
        />
      }
    >
      <Sold days={days} />
    </Page>
  );
}
