import { Button } from '@commerce/ui/button';
import { TextField } from '@commerce/ui/field';
import { Icon } from '@commerce/ui/icon';
import { LineOptions } from '../carts/cart-lines.tsx';
import { Totals } from '../carts/cart-summary.tsx';
import { countUnits } from '../carts/kept-cart.ts';
import { formatMoney } from '../format.ts';
import { FormToken } from '../layout/form-token.tsx';
import { usePage } from '../page-scope.tsx';
import { AddressFields, AddressText } from './address-fields.tsx';
import { FaultSummary, useFault } from './faults.tsx';
import type { CheckoutData } from './load-checkout.ts';
import { PaymentChoice } from './payment-choice.tsx';
import { ShippingChoices } from './shipping-choices.tsx';

/** The whole checkout: one form, sent as a whole. */
export function Checkout({ data }: { readonly data: CheckoutData }) {
  const { t, href } = usePage();
  const { cart, entry, faults } = data;
  const isHeld = cart.state === 'checking-out';
  return (
    <form
      className="checkout"
      method="post"
      action={href('/checkout')}
      noValidate
      data-checkout=""
      data-once=""
    >
      <FormToken />
      <input type="hidden" name="attempt" value={entry.attempt} />
      <h1 className="checkout__title">{t('checkout.title')}</h1>
      <div className="checkout__main">
        <FaultSummary faults={faults} />
        {isHeld ? <Kept data={data} /> : <Asked data={data} />}
        <PaymentChoice data={data} />
        <div className="checkout__pay">
          <PayButton data={data} />
          <p className="summary__note">
            <Icon name="lock" />
            {t('checkout.promise')}
          </p>
        </div>
      </div>
      <OrderSummary data={data} />
    </form>
  );
}

function PayButton({ data }: { readonly data: CheckoutData }) {
  const { t, locale } = usePage();
  const { cart } = data;
  const total = formatMoney(
    { amountMinor: cart.totals.totalMinor, currency: cart.currency },
    locale.language,
  );
  return (
    <Button variant="primary" wide name="intent" value="pay" type="submit">
      <Icon name="lock" />
      {t('checkout.pay', { total })}
    </Button>
  );
}

/** What the shopper is asked for. */
function Asked({ data }: { readonly data: CheckoutData }) {
  const { t } = usePage();
  const { entry, faults } = data;
  const emailFault = useFault(faults, 'email');
  return (
    <>
      {/* Enter in a field presses the first button of its form. */}
      <button className="ui-visually-hidden" name="intent" value="pay" tabIndex={-1} aria-hidden>
        {t('checkout.continue')}
      </button>
      <section className="checkout__section" aria-labelledby="contact">
        <h2 id="contact">{t('checkout.contact')}</h2>
        <TextField
          id="email"
          name="email"
          type="email"
          inputMode="email"
          autoComplete="email"
          required
          maxLength={254}
          label={t('field.email')}
          hint={t('checkout.emailHint')}
          defaultValue={entry.email}
          error={emailFault}
        />
      </section>
      <AddressFields data={data} />
      <ShippingChoices data={data} />
    </>
  );
}

/** What was entered before a payment began, which holds it. */
function Kept({ data }: { readonly data: CheckoutData }) {
  const { t } = usePage();
  const { cart } = data;
  return (
    <section className="checkout__section" aria-labelledby="kept">
      <h2 id="kept">{t('checkout.address')}</h2>
      <p>{cart.email}</p>
      {cart.shippingAddress !== null && <AddressText address={cart.shippingAddress} />}
    </section>
  );
}

function OrderSummary({ data }: { readonly data: CheckoutData }) {
  const { t, href, locale } = usePage();
  const { cart, shipping } = data;
  return (
    <section className="summary" aria-labelledby="summary">
      <h2 id="summary" className="summary__title">
        {t('checkout.order')}
      </h2>
      <ul className="summary__lines" id="lines" tabIndex={-1}>
        {cart.lines.map((line) => (
          <li key={line.id} className="summary-line">
            <span className="summary-line__picture">
              {line.image !== null && (
                <img src={line.image} width={64} height={64} alt="" loading="lazy" />
              )}
            </span>
            <span className="summary-line__what">
              <span>
                {line.title} <span className="summary-line__count">× {line.quantity}</span>
              </span>
              <LineOptions line={line} />
            </span>
            <span>
              {line.totalMinor !== null &&
                formatMoney(
                  { amountMinor: line.totalMinor, currency: cart.currency },
                  locale.language,
                )}
            </span>
          </li>
        ))}
      </ul>
      <Totals
        totals={cart.totals}
        currency={cart.currency}
        count={countUnits(cart)}
        isShippingKnown={shipping.every(({ vendorId }) =>
          cart.shipping.some((entry) => entry.vendorId === vendorId && entry.optionId !== null),
        )}
      />
      <a className="summary__change" href={href('/cart')}>
        {t('checkout.change')}
      </a>
    </section>
  );
}
