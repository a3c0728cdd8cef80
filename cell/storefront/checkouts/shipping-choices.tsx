import { Button } from '@commerce/ui/button';
import { Icon } from '@commerce/ui/icon';
import { formatMoney } from '../format.ts';
import { usePage } from '../page-scope.tsx';
import type { ApiShippingChoice } from './api-types.ts';
import { useFault } from './faults.tsx';
import type { CheckoutData } from './load-checkout.ts';

/** How each vendor ships. */
export function ShippingChoices({ data }: { readonly data: CheckoutData }) {
  const { t } = usePage();
  return (
    <section className="checkout__section" aria-labelledby="shipping">
      <h2 id="shipping" tabIndex={-1}>
        {t('checkout.shipping')}
      </h2>
      {data.shipping.map((choice) => (
        <VendorShipping key={choice.vendorId} choice={choice} data={data} />
      ))}
      <Button className="without-script" name="intent" value="update">
        {t('checkout.updateTotal')}
      </Button>
    </section>
  );
}

function VendorShipping({
  choice,
  data,
}: {
  readonly choice: ApiShippingChoice;
  readonly data: CheckoutData;
}) {
  const { t, locale } = usePage();
  const { vendorId, vendorName, options } = choice;
  const fault = useFault(data.faults, `shipping-${vendorId}`);
  const chosen = data.entry.shipping[vendorId];
  return (
    <fieldset className="picks" id={`shipping-${vendorId}`} tabIndex={-1}>
      <legend>
        <Icon name="truck" />
        {t('checkout.shipsFrom', { vendor: vendorName })}
      </legend>
      {options.map((option) => (
        <label key={option.id} className="pick">
          <input
            type="radio"
            name={`shipping.${vendorId}`}
            value={option.id}
            defaultChecked={option.id === chosen}
            data-updates=""
          />
          <span className="pick__text">
            <span className="pick__name">{option.name}</span>
            <span className="pick__hint">
              {t('checkout.days', { min: option.minDays, max: option.maxDays })}
            </span>
          </span>
          <span className="pick__price">
            {option.amountMinor === 0 ? t('checkout.free') : formatMoney(option, locale.language)}
          </span>
        </label>
      ))}
      {fault !== undefined && <p className="ui-field__error">{fault}</p>}
    </fieldset>
  );
}
