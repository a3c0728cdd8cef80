import { languageOf } from '@commerce/contracts/languages';
import { definePage, type PageContext, type Redirect } from '../page.ts';
import { PreferencesForms } from '../layout/preferences.tsx';
import { usePage } from '../page-scope.tsx';
import { returnPathOf } from '../return-path.ts';

const YEAR_S = 365 * 24 * 60 * 60;
/** Language and currency, kept in cookies. The country is the router's to keep. */
export const preferencesPage = definePage<undefined>({
  path: '/preferences',
  load: () => Promise.resolve({ data: undefined }),
  act: (context, form) => Promise.resolve(keepPreferences(context, form)),
  head: (_data, { t }) => ({ title: t('preferences.title'), noIndex: true }),
  View: Preferences,
});

function keepPreferences(context: PageContext, form: URLSearchParams): Redirect {
  const { cookies, locale } = context;
  const language = languageOf(form.get('language') ?? '')?.tag ?? locale.language;
  cookies.set('language', language, YEAR_S);
  const currency = form.get('currency');
  if (currency !== null && locale.currencies.includes(currency)) {
    cookies.set('currency', currency, YEAR_S);
  }
  return { redirect: `/${language}${returnPathOf(form)}` };
}

function Preferences() {
  const { t, query } = usePage();
  return (
    <div className="narrow">
      <h1>{t('preferences.title')}</h1>
      <PreferencesForms returnTo={returnPathOf(query)} />
    </div>
  );
}
