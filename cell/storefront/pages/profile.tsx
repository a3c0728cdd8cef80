import { Button, ButtonLink } from '@commerce/ui/button';
import { Breadcrumbs, Notice } from '@commerce/ui/content';
import { SelectField, TextField } from '@commerce/ui/field';
import { type ApiMe, isSignedIn, signInAddress } from '../accounts/signed-in.ts';
import type { FieldFault } from '../checkouts/entry.ts';
import { FaultSummary, useFault } from '../checkouts/faults.tsx';
import { TRANSLATED } from '../i18n.ts';
import { formatDate, languageName } from '../format.ts';
import { FormToken } from '../layout/form-token.tsx';
import { ApiProblem, definePage, type PageContext, type Redirect, type Shown } from '../page.ts';
import { usePage } from '../page-scope.tsx';
import { leave } from './account.tsx';

interface ProfileData {
  readonly me: ApiMe;
  readonly isSaved: boolean;
  readonly faults: readonly FieldFault[];
}

/** What the shop knows of the customer, to be corrected. */
export const profilePage = definePage<ProfileData>({
  path: '/account/profile',
  isPrivate: true,
  load: (context) => showProfile(context, []),
  act: saveProfile,
  head: (_data, { t }) => ({ title: t('account.profile'), noIndex: true }),
  View: Profile,
});

async function showProfile(
  context: PageContext,
  faults: readonly FieldFault[],
): Promise<Shown<ProfileData> | Redirect> {
  if (!isSignedIn(context)) return { redirect: signInAddress(context, '/account/profile') };
  try {
    const me = await context.read<ApiMe>('/v1/me', { language: undefined });
    const isSaved = context.query.has('saved') && faults.length === 0;
    return { data: { me, isSaved, faults }, ...(faults.length > 0 && { status: 422 }) };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) {
      return leave(context, '/account/profile');
    }
    throw error;
  }
}

async function saveProfile(
  context: PageContext,
  form: URLSearchParams,
): Promise<Shown<ProfileData> | Redirect> {
  const name = (form.get('name') ?? '').trim();
  const language = form.get('language') ?? '';
  try {
    await context.write<ApiMe>('PATCH', '/v1/me', {
      body: { name: name === '' ? null : name, language },
    });
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) {
      return leave(context, '/account/profile');
    }
    if (!(error instanceof ApiProblem) || ![400, 422].includes(error.status)) throw error;
    const field = error.field === 'language' ? 'language' : 'name';
    return showProfile(context, [{ field, message: 'account.nameWrong' }]);
  }
  return { redirect: context.href('/account/profile', { saved: 1 }) };
}

function Profile({ data }: { readonly data: ProfileData }) {
  const { t, href, locale } = usePage();
  const { me, isSaved, faults } = data;
  return (
    <div className="narrow">
      <Breadcrumbs
        label={t('nav.breadcrumbs')}
        crumbs={[
          { name: t('nav.account'), href: href('/account') },
          { name: t('account.profile') },
        ]}
      />
      <h1>{t('account.profile')}</h1>
      {isSaved && (
        <Notice tone="success" live>
          {t('account.saved')}
        </Notice>
      )}
      <FaultSummary faults={faults} />
      <form className="account-form" method="post" action={href('/account/profile')} noValidate>
        <FormToken />
        <TextField
          id="name"
          name="name"
          autoComplete="name"
          maxLength={200}
          label={t('field.name')}
          defaultValue={me.name ?? ''}
          error={useFault(faults, 'name')}
        />
        <SelectField
          id="language"
          name="language"
          label={t('account.language')}
          hint={t('account.languageHint')}
          defaultValue={me.language}
          error={useFault(faults, 'language')}
        >
          {TRANSLATED.map((tag) => (
            <option key={tag} value={tag} lang={tag}>
              {languageName(tag)}
            </option>
          ))}
        </SelectField>
        <Button variant="primary">{t('preferences.save')}</Button>
      </form>
      <dl className="facts">
        <div>
          <dt>{t('field.email')}</dt>
          <dd>
            <bdi>{me.email}</bdi>
          </dd>
        </div>
        <div>
          <dt>{t('account.since')}</dt>
          <dd>{formatDate(me.createdAt, locale.language)}</dd>
        </div>
      </dl>
      <ButtonLink href={href('/account')}>{t('account.orders')}</ButtonLink>
    </div>
  );
}
