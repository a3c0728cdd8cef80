import { allCountries, countryName } from '@commerce/contracts/countries';
import { Button } from '@commerce/ui/button';
import { Notice } from '@commerce/ui/content';
import { SelectField } from '@commerce/ui/field';
import { currencyName, languageName } from '../format.ts';
import { TRANSLATED } from '../i18n.ts';
import { usePage } from '../page-scope.tsx';
import { FormToken } from './form-token.tsx';

const countriesByLanguage = new Map<string, readonly { code: string; name: string }[]>();

function countriesIn(language: string): readonly { code: string; name: string }[] {
  let countries = countriesByLanguage.get(language);
  if (countries === undefined) {
    const { compare } = new Intl.Collator(language);
    countries = allCountries()
      .map(({ code }) => ({ code, name: countryName(code, language) }))
      .toSorted((a, b) => compare(a.name, b.name));
    countriesByLanguage.set(language, countries);
  }
  return countries;
}

/** Forms that choose language and currency, and, at the router, the country. */
export function PreferencesForms({ returnTo }: { readonly returnTo: string }) {
  const { t, href, locale, cookies } = usePage();
  // An account's data is where it is; the router refuses to lead its owner away from it.
  const isSignedIn = (cookies.get('access') ?? cookies.get('refresh')) !== undefined;
  const { language, currency, currencies, country } = locale;
  return (
    <div className="preferences">
      <form method="post" action={href('/preferences')}>
        <FormToken />
        <input type="hidden" name="return" value={returnTo} />
        <SelectField label={t('preferences.language')} name="language" defaultValue={language}>
          {(TRANSLATED.includes(language) ? TRANSLATED : [language, ...TRANSLATED]).map((tag) => (
            <option key={tag} value={tag} lang={tag}>
              {languageName(tag)}
            </option>
          ))}
        </SelectField>
        <SelectField label={t('preferences.currency')} name="currency" defaultValue={currency}>
          {currencies.map((code) => (
            <option key={code} value={code}>
              {code} · {currencyName(code, language)}
            </option>
          ))}
        </SelectField>
        <Button variant="primary" wide>
          {t('preferences.save')}
        </Button>
      </form>
      {isSignedIn ? (
        <Notice>{t('preferences.signedIn', { country: countryName(country, language) })}</Notice>
      ) : (
        <form method="post" action="/router/country">
          <input type="hidden" name="return" value={href(returnTo)} />
          <SelectField
            label={t('preferences.country')}
            name="country"
            defaultValue={country}
            hint={t('preferences.countryHint')}
          >
            {countriesIn(language).map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </SelectField>
          <Button wide>{t('preferences.changeCountry')}</Button>
        </form>
      )}
    </div>
  );
}
