import { formatDate, formatMoney } from '../format.ts';
import { usePage } from '../page-scope.tsx';
import type { ApiHistoryEntry, ApiTracking } from './api-types.ts';

/** What is told of each kind of event. */
const TEXTS = {
  placed: 'history.placed',
  paid: 'history.paid',
  shipped: 'history.shipped',
  delivered: 'history.delivered',
  canceled: 'history.canceled',
  'canceled-by-vendor': 'history.canceledByVendor',
  refunding: 'history.refunding',
  refunded: 'history.refunded',
  released: 'history.released',
  'refund-failed': 'history.failed',
} as const;

const isKnown = (code: string): code is keyof typeof TEXTS => Object.hasOwn(TEXTS, code);

/** What happened to an order, in the order of time. */
export function History({ tracking }: { readonly tracking: ApiTracking }) {
  const { t } = usePage();
  // A kind that this version of the page does not know has no words here.
  const entries = tracking.history.filter(({ code }) => isKnown(code));
  if (entries.length === 0) return null;
  return (
    <section className="order__history" aria-labelledby="history">
      <h2 id="history">{t('history.title')}</h2>
      <ol>
        {entries.map((entry, index) => (
          <Entry key={`${entry.at}-${index}`} entry={entry} currency={tracking.currency} />
        ))}
      </ol>
    </section>
  );
}

function Entry({
  entry,
  currency,
}: {
  readonly entry: ApiHistoryEntry;
  readonly currency: string;
}) {
  const { t, locale } = usePage();
  const { language } = locale;
  const { code, at, vendor = '', items = [], amountMinor = 0, carrier, trackingNumber } = entry;
  if (!isKnown(code)) return null;
  const list = new Intl.ListFormat(language, { type: 'unit' });
  return (
    <li>
      <time dateTime={at}>{formatDate(at, language)}</time>
      <span>
        {t(TEXTS[code], {
          vendor,
          items: list.format(items.map(({ title, quantity }) => `${quantity} × ${title}`)),
          amount: formatMoney({ amountMinor, currency }, language),
        })}
        {trackingNumber !== undefined && (
          <>
            {' '}
            <bdi className="order__number">
              {carrier} {trackingNumber}
            </bdi>
          </>
        )}
      </span>
    </li>
  );
}
