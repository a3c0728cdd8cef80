import { Button, ButtonLink } from '@commerce/ui/button';
import { Icon } from '@commerce/ui/icon';
import { formatMoney } from '../format.ts';
import { usePage } from '../page-scope.tsx';
import type { ApiCart } from './api-types.ts';
import { countUnits } from './kept-cart.ts';

/** Whether something in the cart can't be bought as it is. */
function hasObstacle({ lines }: ApiCart): boolean {
  return lines.some(
    ({ available, quantity, unitPriceMinor }) => unitPriceMinor === null || available < quantity,
  );
}

/** What it costs, and the way to pay. */
export function CartSummary({ cart }: { readonly cart: ApiCart }) {
  const { t, href } = usePage();
  return (
    <section className="summary" aria-labelledby="summary">
      <h2 id="summary" className="summary__title">
        {t('cart.summary')}
      </h2>
      <Totals totals={cart.totals} currency={cart.currency} count={countUnits(cart)} />
      {hasObstacle(cart) ? (
        <>
          <Button variant="primary" wide disabled>
            {t('cart.checkout')}
          </Button>
          <p className="summary__note">{t('cart.obstacle')}</p>
        </>
      ) : (
        <ButtonLink variant="primary" wide href={href('/checkout')}>
          {t('cart.checkout')}
          <Icon name="arrow-end" />
        </ButtonLink>
      )}
      <p className="summary__note">
        <Icon name="shield" />
        {t('cart.safe')}
      </p>
    </section>
  );
}

interface ShownTotals {
  readonly itemsMinor: number;
  readonly shippingMinor: number;
  readonly taxMinor: number;
  readonly taxDisplay: 'inclusive' | 'exclusive';
  readonly totalMinor: number;
}

/** Items, shipping, tax and total. */
export function Totals({
  totals,
  currency,
  count,
  isShippingKnown = totals.shippingMinor > 0,
}: {
  readonly totals: ShownTotals;
  readonly currency: string;
  readonly count: number;
  readonly isShippingKnown?: boolean;
}) {
  const { t, locale } = usePage();
  const money = (amountMinor: number): string =>
    formatMoney({ amountMinor, currency }, locale.language);
  const isInclusive = totals.taxDisplay === 'inclusive';
  return (
    <dl className="totals">
      <div>
        <dt>{t('totals.items', { count })}</dt>
        <dd>{money(totals.itemsMinor)}</dd>
      </div>
      <div>
        <dt>{t('totals.shipping')}</dt>
        <dd>{isShippingKnown ? money(totals.shippingMinor) : t('totals.shippingLater')}</dd>
      </div>
      {!isInclusive && (
        <div>
          <dt>{t('totals.tax')}</dt>
          <dd>{money(totals.taxMinor)}</dd>
        </div>
      )}
      <div className="totals__total">
        <dt>{t('totals.total')}</dt>
        <dd>{money(totals.totalMinor)}</dd>
      </div>
      {isInclusive && (
        <div className="totals__tax">
          <dt>{t('totals.taxIncluded')}</dt>
          <dd>{money(totals.taxMinor)}</dd>
        </div>
      )}
    </dl>
  );
}
