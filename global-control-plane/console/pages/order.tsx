import { Card, Notice } from '@commerce/ui/content';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useHref, useParams } from 'react-router';
import { read } from '../api/client.ts';
import type { Order } from '../api/types.ts';
import { useLanguage } from '../i18n/language.tsx';
import { OrderFulfilment } from '../parts/order-fulfilment.tsx';
import { textFor } from '../i18n/localized.ts';
import { DataTable } from '../parts/data-table.tsx';
import { OrderStateBadge } from '../parts/status-badge.tsx';
import { Page } from '../shell/page.tsx';
import { Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';

/** Whether the prices hold the tax already: then it is no summand of the total. */
const isTaxIncluded = ({ itemsMinor, shippingMinor, totalMinor }: Order): boolean =>
  itemsMinor + shippingMinor === totalMinor;

function Lines({ order }: { readonly order: Order }) {
  const { tag, text, formats } = useLanguage();
  const { currency } = order;
  return (
    <DataTable
      label={text('order.lines')}
      rows={order.lines}
      rowKey={({ variantId }) => variantId}
      columns={[
        {
          id: 'title',
          name: text('product'),
          isHead: true,
          show: ({ title, titles, sku }) => {
            const own = textFor(titles, tag) || title;
            return (
              <>
                {own}
                <span className="c-muted c-thing__note">{sku}</span>
                {own !== title && (
                  <span className="c-muted c-thing__note">
                    {text('order.shopperRead')} <bdi>{title}</bdi>
                  </span>
                )}
              </>
            );
          },
        },
        {
          id: 'price',
          name: text('price'),
          align: 'end',
          show: ({ unitPriceMinor }) => formats.money(unitPriceMinor, currency),
        },
        {
          id: 'quantity',
          name: text('units'),
          align: 'end',
          show: ({ quantity }) => formats.number(quantity),
        },
        {
          id: 'total',
          name: text('total'),
          align: 'end',
          show: ({ totalMinor }) => formats.money(totalMinor, currency),
        },
      ]}
    />
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="c-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function OrderDetails({ order, path }: { readonly order: Order; readonly path: string }) {
  const { text, formats } = useLanguage();
  const { currency } = order;
  return (
    <div className="c-split">
      <div className="c-stack">
        <Lines order={order} />
        <OrderFulfilment summary={order} path={path} />
        <Notice>{text('order.privacy', { cell: order.cell })}</Notice>
      </div>
      <div className="c-stack">
        <Card>
          <h2>{text('total')}</h2>
          <Facts
            facts={[
              [text('order.items'), formats.money(order.itemsMinor, currency)],
              [text('order.shipping'), formats.money(order.shippingMinor, currency)],
              [
                text(isTaxIncluded(order) ? 'order.taxIncluded' : 'order.tax'),
                formats.money(order.taxMinor, currency),
              ],
              [
                text('total'),
                <strong key="total">{formats.money(order.totalMinor, currency)}</strong>,
              ],
            ]}
          />
        </Card>
        <Card>
          <h2>{text('details')}</h2>
          <Facts
            facts={[
              [text('order.placedAt'), formats.dateTime(order.placedAt)],
              [text('order.changedAt'), formats.dateTime(order.changedAt)],
              [text('order.shipTo'), formats.country(order.shipToCountry)],
              [
                text('cell'),
                <span key="cell" className="c-cell">
                  {order.cell}
                </span>,
              ],
              [text('id'), <code key="id">{order.orderId}</code>],
            ]}
          />
        </Card>
      </div>
    </div>
  );
}

/** One order: what was bought and where it is, without anything of the shopper's. */
export function OrderPage() {
  const { text } = useLanguage();
  const { orderId = '' } = useParams();
  const { api, base } = useVendor();
  const orders = useHref(`${base}/orders`);
  const query = useQuery({
    queryKey: ['order', orderId],
    queryFn: ({ signal }) => read<Order>(`${api}/orders/${orderId}`, { signal }),
  });
  return (
    <Shown query={query}>
      {(order) => (
        <Page
          title={order.displayNumber}
          crumbs={[{ name: text('nav.orders'), href: orders }, { name: order.displayNumber }]}
          aside={<OrderStateBadge state={order.state} fulfillment={order.fulfillment} />}
        >
          <OrderDetails order={order} path={`${api}/orders/${orderId}`} />
        </Page>
      )}
    </Shown>
  );
}
