import { AccountForm, type AccountFormData } from '../accounts/account-form.tsx';
import { type ApiSignedIn, enter, isSignedIn } from '../accounts/signed-in.ts';
import type { FieldFault } from '../checkouts/entry.ts';
import { ApiProblem, definePage, type PageContext, type Redirect, type Shown } from '../page.ts';
import { usePage } from '../page-scope.tsx';
import { returnPathOf } from '../return-path.ts';

/** The account may be in another cell than the shopper: the API then says so, and the router goes there. */
export const signInPage = definePage<AccountFormData>({
  path: '/account/sign-in',
  isPrivate: true,
  load: showForm,
  act: signIn,
  head: (_data, { t }) => ({ title: t('account.signIn'), noIndex: true }),
  View: SignIn,
});

async function showForm(context: PageContext): Promise<Shown<AccountFormData> | Redirect> {
  const returnTo = returnPathOf(context.query, '/account');
  if (isSignedIn(context)) return { redirect: context.href(returnTo) };
  return { data: { email: '', name: '', returnTo, attempt: '', faults: [] } };
}

async function signIn(
  context: PageContext,
  form: URLSearchParams,
): Promise<Shown<AccountFormData> | Redirect> {
  const email = (form.get('email') ?? '').trim();
  const password = form.get('password') ?? '';
  const again = (faults: readonly FieldFault[], status: number): Shown<AccountFormData> => ({
    data: { email, name: '', returnTo: returnPathOf(form, '/account'), attempt: '', faults },
    status,
  });
  const missing: FieldFault[] = [];
  if (email === '') missing.push({ field: 'email', message: 'account.emailMissing' });
  if (password === '') missing.push({ field: 'password', message: 'account.passwordMissing' });
  if (missing.length > 0) return again(missing, 422);
  try {
    const body = { email, password };
    return enter(context, await context.write<ApiSignedIn>('POST', '/v1/sessions', { body }), form);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 400) {
      return again([{ field: 'email', message: 'checkout.emailWrong' }], 422);
    }
    if (error.code === 'invalid-credentials') {
      return again([{ field: 'email', message: 'account.wrong' }], 401);
    }
    if (error.code !== 'account-locked') throw error;
    const minutes = Math.max(1, Math.ceil((error.retryAfterS ?? 60) / 60));
    return again([{ field: 'email', message: 'account.locked', values: { minutes } }], 429);
  }
}

function SignIn({ data }: { readonly data: AccountFormData }) {
  const { t, href } = usePage();
  return (
    <AccountForm
      data={data}
      kind="sign-in"
      foot={
        <>
          {t('account.noneYet')}{' '}
          <a href={href('/account/sign-up', { return: data.returnTo })}>{t('account.create')}</a>
        </>
      }
    />
  );
}
