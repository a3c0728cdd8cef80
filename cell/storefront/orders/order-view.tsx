import { countryName } from '@commerce/contracts/countries';
import { ButtonLink } from '@commerce/ui/button';
import { Icon, type IconName } from '@commerce/ui/icon';
import { Totals } from '../carts/cart-summary.tsx';
import { AddressText } from '../checkouts/address-fields.tsx';
import { formatDate, formatMoney } from '../format.ts';
import { usePage } from '../page-scope.tsx';
import type { ApiTracking } from './api-types.ts';
import { canBeCanceled } from './cancelable.ts';
import { History } from './history.tsx';
import { Timeline } from './timeline.tsx';

type TrackedOrder = ApiTracking['orders'][number];

/** An order group: each vendor's order with how far it is, and what it cost together. */
export function OrderView({
  tracking,
  isNew,
}: {
  readonly tracking: ApiTracking;
  readonly isNew: boolean;
}) {
  const { t, locale } = usePage();
  const { placedAt, createdAt, orders, totals, currency } = tracking;
  const units = orders
    .flatMap(({ lines }) => lines)
    .reduce((sum, { quantity }) => sum + quantity, 0);
  return (
    <div className="cart order">
      <header className="order__header">
        {isNew && (
          <span className="order__mark">
            <Icon name="check" />
          </span>
        )}
        <h1>{isNew ? t('order.thanks') : t('order.title')}</h1>
        <p className="order__lead">
          {isNew
            ? t('order.thanksText', { email: tracking.email })
            : t('order.placedOn', {
                date: formatDate(placedAt ?? createdAt, locale.language),
              })}
        </p>
      </header>
      <div className="cart__main">
        {orders.map((order) => (
          <VendorOrder key={order.id} order={order} />
        ))}
        {isNew && <NextSteps />}
        <History tracking={tracking} />
        <CancelLink tracking={tracking} />
      </div>
      <aside className="summary" aria-labelledby="summary">
        <h2 id="summary" className="summary__title">
          {t('cart.summary')}
        </h2>
        <Totals totals={totals} currency={currency} count={units} isShippingKnown />
        <GivenBack tracking={tracking} />
        <Destination tracking={tracking} />
        <DataHome />
      </aside>
    </div>
  );
}

/** What of the total went back, or was not taken after all. */
function GivenBack({ tracking }: { readonly tracking: ApiTracking }) {
  const { t, locale } = usePage();
  const { payment, currency } = tracking;
  const amountMinor = (payment?.refundedMinor ?? 0) + (payment?.releasedMinor ?? 0);
  if (amountMinor === 0) return null;
  return (
    <p className="order__back">
      <span>{t('totals.back')}</span>
      <strong>{formatMoney({ amountMinor, currency }, locale.language)}</strong>
    </p>
  );
}

function CancelLink({ tracking }: { readonly tracking: ApiTracking }) {
  const { t, href, query } = usePage();
  if (!canBeCanceled(tracking)) return null;
  const token = query.get('token') ?? undefined;
  return (
    <p>
      <ButtonLink href={href(`/orders/${tracking.id}/cancel`, { token })}>
        {t('cancel.title')}
      </ButtonLink>
    </p>
  );
}

function VendorOrder({ order }: { readonly order: TrackedOrder }) {
  const { t, locale } = usePage();
  const { language } = locale;
  const heading = `order-${order.displayNumber}`;
  return (
    <section className="order__vendor" aria-labelledby={heading}>
      <header className="order__vendor-header">
        <h2 id={heading}>{order.vendor.name}</h2>
        <p>
          {t('order.number')} <bdi className="order__number">{order.displayNumber}</bdi>
        </p>
      </header>
      <Timeline steps={order.steps} expected={order.expected} />
      <ul className="order__lines">
        {order.lines.map((line) => (
          <li key={line.id}>
            <span>
              {line.title} <span className="summary-line__count">× {line.quantity}</span>
            </span>
            <span>
              {formatMoney({ amountMinor: line.totalMinor, currency: order.currency }, language)}
            </span>
          </li>
        ))}
        <li className="order__shipping">
          <span>{order.shippingOption?.name ?? t('totals.shipping')}</span>
          <span>
            {formatMoney({ amountMinor: order.shippingMinor, currency: order.currency }, language)}
          </span>
        </li>
        <li className="order__total">
          <span>{t('totals.total')}</span>
          <span>
            {formatMoney({ amountMinor: order.totalMinor, currency: order.currency }, language)}
          </span>
        </li>
      </ul>
    </section>
  );
}

function Destination({ tracking }: { readonly tracking: ApiTracking }) {
  const { t, locale } = usePage();
  const { destination, shippingAddress } = tracking;
  const { city, region, country } = destination;
  return (
    <div className="order__fact">
      <h3>{t('order.goesTo')}</h3>
      {shippingAddress === undefined ? (
        <p>{[city, region, countryName(country, locale.language)].filter(Boolean).join(', ')}</p>
      ) : (
        <AddressText address={shippingAddress} />
      )}
    </div>
  );
}

function DataHome() {
  const { t, home, locale } = usePage();
  return (
    <div className="order__fact">
      <h3>{t('order.dataTitle')}</h3>
      <p>
        {t('footer.dataHome', {
          country: countryName(home.country, locale.language),
          cell: home.cell,
        })}
      </p>
    </div>
  );
}

const NEXT: readonly (readonly [
  IconName,
  'order.nextVendor' | 'order.nextLink' | 'order.nextCancel',
])[] = [
  ['store', 'order.nextVendor'],
  ['copy', 'order.nextLink'],
  ['return', 'order.nextCancel'],
];

function NextSteps() {
  const { t } = usePage();
  return (
    <section className="order__next" aria-labelledby="next">
      <h2 id="next">{t('order.next')}</h2>
      <ul>
        {NEXT.map(([icon, text]) => (
          <li key={text}>
            <Icon name={icon} />
            <span>{t(text)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
