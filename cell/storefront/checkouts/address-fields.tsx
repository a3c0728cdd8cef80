import { type AddressField, countryName, countryOf } from '@commerce/contracts/countries';
import { market } from '@commerce/contracts/markets';
import { Button } from '@commerce/ui/button';
import { SelectField, TextField } from '@commerce/ui/field';
import type { ApiAddress } from '../carts/api-types.ts';
import { usePage } from '../page-scope.tsx';
import { type CheckoutEntry, fieldsOf } from './entry.ts';
import { useFault } from './faults.tsx';
import type { CheckoutData } from './load-checkout.ts';

/** What browsers call the fields, so that they can fill them in. */
const AUTOCOMPLETE: Readonly<Record<AddressField, string>> = {
  name: 'shipping name',
  organization: 'shipping organization',
  line1: 'shipping address-line1',
  line2: 'shipping address-line2',
  postalCode: 'shipping postal-code',
  city: 'shipping address-level2',
  region: 'shipping address-level1',
};

const LENGTHS: Readonly<Record<AddressField, number>> = {
  name: 200,
  organization: 200,
  line1: 200,
  line2: 200,
  postalCode: 20,
  city: 120,
  region: 120,
};

/** Where the parcels go, in the form of the country. */
export function AddressFields({ data }: { readonly data: CheckoutData }) {
  const { t, locale, href } = usePage();
  const { cart, entry, faults } = data;
  const countryFault = useFault(faults, 'country');
  const phoneFault = useFault(faults, 'phone');
  const { compare } = new Intl.Collator(locale.language);
  const countries = (market(cart.market)?.countries ?? [cart.country])
    .map((code) => ({ code, name: countryName(code, locale.language) }))
    .toSorted((a, b) => compare(a.name, b.name));
  return (
    <section className="checkout__section" aria-labelledby="address">
      <h2 id="address">{t('checkout.address')}</h2>
      <div className="checkout__country">
        <SelectField
          id="country"
          name="country"
          autoComplete="shipping country"
          label={t('field.country')}
          defaultValue={entry.country}
          error={countryFault}
          data-updates=""
        >
          {countries.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </SelectField>
        <Button className="without-script" name="intent" value="update">
          {t('checkout.useCountry')}
        </Button>
      </div>
      <p className="checkout__hint">
        {t('checkout.elsewhere')}{' '}
        <a href={href('/preferences', { return: '/cart' })}>{t('preferences.changeCountry')}</a>
      </p>
      <div className="checkout__fields">
        {(countryOf(entry.country)?.address.lines ?? [fieldsOf(entry.country)]).map((line) => (
          <div key={line.join()} className="checkout__line">
            {line.map((field) => (
              <AddressInput key={field} field={field} entry={entry} data={data} />
            ))}
          </div>
        ))}
        <TextField
          id="phone"
          name="phone"
          type="tel"
          autoComplete="shipping tel"
          maxLength={30}
          label={t('field.phone')}
          optional={t('field.optional')}
          hint={t('checkout.phoneHint')}
          defaultValue={entry.phone}
          error={phoneFault}
        />
      </div>
    </section>
  );
}

function AddressInput({
  field,
  entry,
  data,
}: {
  readonly field: AddressField;
  readonly entry: CheckoutEntry;
  readonly data: CheckoutData;
}) {
  const { t } = usePage();
  const format = countryOf(entry.country)?.address;
  const isRequired = format?.required.includes(field) === true;
  const example = field === 'postalCode' ? format?.postalCodeExample : undefined;
  return (
    <TextField
      id={field}
      name={field}
      autoComplete={AUTOCOMPLETE[field]}
      maxLength={LENGTHS[field]}
      required={isRequired}
      label={t(`field.${field}`)}
      optional={isRequired ? undefined : t('field.optional')}
      hint={example === undefined ? undefined : t('field.example', { example })}
      defaultValue={entry.address[field]}
      error={useFault(data.faults, field)}
    />
  );
}

/** An address as the country writes it. */
export function AddressText({ address }: { readonly address: ApiAddress }) {
  const { locale } = usePage();
  const lines = (countryOf(address.country)?.address.lines ?? [])
    .map((fields) => fields.flatMap((field) => address[field] ?? []).join(' '))
    .filter((line) => line !== '');
  return (
    <address className="address">
      {lines.map((line) => (
        <bdi key={line}>{line}</bdi>
      ))}
      <span>{countryName(address.country, locale.language)}</span>
    </address>
  );
}
