import { Button } from '@commerce/ui/button';
import { Notice } from '@commerce/ui/content';
import { Icon } from '@commerce/ui/icon';
import { formatMoney } from '../format.ts';
import { FormToken } from '../layout/form-token.tsx';
import { usePage } from '../page-scope.tsx';
import type { ApiCart, ApiCartLine } from './api-types.ts';

/** A line's quantity may be chosen up to this; more by asking again. */
const QUANTITY_CHOICES_MAX = 20;

/** Lines, by the vendor who sends them. */
export function groupByVendor(
  lines: readonly ApiCartLine[],
): readonly { readonly vendorName: string | null; readonly lines: readonly ApiCartLine[] }[] {
  return [...Map.groupBy(lines, ({ vendorId }) => vendorId).values()].map((group) => ({
    vendorName: group[0]?.vendorName ?? null,
    lines: group,
  }));
}

export function CartLines({ cart }: { readonly cart: ApiCart }) {
  const { t } = usePage();
  return groupByVendor(cart.lines).map(({ vendorName, lines }, index) => (
    <section key={lines[0]?.id} className="cart__vendor" aria-labelledby={`vendor-${index}`}>
      <h2 id={`vendor-${index}`} className="cart__vendor-name">
        <Icon name="store" />
        {vendorName === null ? t('cart.notSold') : t('cart.soldBy', { vendor: vendorName })}
      </h2>
      <ul className="cart__lines">
        {lines.map((line) => (
          <Line key={line.id} line={line} cart={cart} />
        ))}
      </ul>
    </section>
  ));
}

function Line({ line, cart }: { readonly line: ApiCartLine; readonly cart: ApiCart }) {
  const { href, locale } = usePage();
  const money = (amountMinor: number): string =>
    formatMoney({ amountMinor, currency: cart.currency }, locale.language);
  return (
    <li className="cart-line">
      <div className="cart-line__picture">
        {line.image !== null && (
          <img src={line.image} width={160} height={160} alt="" loading="lazy" decoding="async" />
        )}
      </div>
      <div className="cart-line__what">
        <h3 className="cart-line__title">
          {line.handle === null ? (
            line.title
          ) : (
            <a href={href(`/products/${line.handle}`, { variant: line.variantId })}>{line.title}</a>
          )}
        </h3>
        <LineOptions line={line} />
        {line.unitPriceMinor !== null && line.quantity > 1 && (
          <p className="cart-line__unit">{money(line.unitPriceMinor)}</p>
        )}
        <LineNotices line={line} cart={cart} />
      </div>
      <LineForms line={line} isHeld={cart.state !== 'open'} />
      <p className="cart-line__total">{line.totalMinor !== null && money(line.totalMinor)}</p>
    </li>
  );
}

/** What tells the variant from its siblings. */
export function LineOptions({ line }: { readonly line: Pick<ApiCartLine, 'options'> }) {
  if (line.options.length === 0) return null;
  return (
    <p className="cart-line__options">
      {line.options.map(({ label, value }) => `${label}: ${value}`).join(' · ')}
    </p>
  );
}

function LineNotices({ line, cart }: { readonly line: ApiCartLine; readonly cart: ApiCart }) {
  const { t, locale } = usePage();
  const { available, quantity, addedPriceMinor, unitPriceMinor } = line;
  if (unitPriceMinor === null) return <Notice tone="danger">{t('cart.lineNotSold')}</Notice>;
  const hasChanged = addedPriceMinor !== null && addedPriceMinor !== unitPriceMinor;
  return (
    <>
      {available === 0 && <Notice tone="danger">{t('cart.lineSoldOut')}</Notice>}
      {available > 0 && available < quantity && (
        <Notice tone="warning">{t('cart.lineFew', { available })}</Notice>
      )}
      {hasChanged && (
        <Notice tone="info">
          {t('cart.linePrice', {
            before: formatMoney(
              { amountMinor: addedPriceMinor, currency: cart.currency },
              locale.language,
            ),
          })}
        </Notice>
      )}
    </>
  );
}

function LineForms({ line, isHeld }: { readonly line: ApiCartLine; readonly isHeld: boolean }) {
  const { t, href } = usePage();
  if (isHeld) return <p className="cart-line__quantity">× {line.quantity}</p>;
  const name = line.title ?? '';
  const most = Math.max(line.quantity, Math.min(QUANTITY_CHOICES_MAX, line.available));
  return (
    <div className="cart-line__forms">
      <form
        className="cart-line__quantity"
        method="post"
        action={href('/cart')}
        data-submit-on-change=""
      >
        <FormToken />
        <input type="hidden" name="intent" value="change" />
        <input type="hidden" name="line" value={line.id} />
        <span className="ui-select">
          <select
            className="ui-input"
            name="quantity"
            defaultValue={line.quantity}
            aria-label={t('cart.quantityOf', { name })}
          >
            {Array.from({ length: most }, (_, index) => (
              <option key={index} value={index + 1}>
                {index + 1}
              </option>
            ))}
          </select>
          <Icon name="chevron-down" />
        </span>
        <Button size="small" className="without-script">
          {t('cart.update')}
        </Button>
      </form>
      <form method="post" action={href('/cart')}>
        <FormToken />
        <input type="hidden" name="intent" value="remove" />
        <input type="hidden" name="line" value={line.id} />
        <Button variant="ghost" size="small" aria-label={t('cart.removeOf', { name })}>
          <Icon name="trash" />
          <span className="cart-line__remove">{t('cart.remove')}</span>
        </Button>
      </form>
    </div>
  );
}
