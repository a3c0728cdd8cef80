import { AccountForm, type AccountFormData } from '../accounts/account-form.tsx';
import { type ApiSignedIn, enter, isSignedIn } from '../accounts/signed-in.ts';
import { type FieldFault, newAttempt } from '../checkouts/entry.ts';
import { ApiProblem, definePage, type PageContext, type Redirect, type Shown } from '../page.ts';
import { usePage } from '../page-scope.tsx';
import { returnPathOf } from '../return-path.ts';

/** As the API counts them. */
const PASSWORD_LENGTH_MIN = 8;
const ATTEMPT_PATTERN = /^[\w-]{16,64}$/;

/** A new account, in the partition where the shopper is already: their cart is there too. */
export const signUpPage = definePage<AccountFormData>({
  path: '/account/sign-up',
  isPrivate: true,
  load: showForm,
  act: signUp,
  head: (_data, { t }) => ({ title: t('account.signUp'), noIndex: true }),
  View: SignUp,
});

async function showForm(context: PageContext): Promise<Shown<AccountFormData> | Redirect> {
  const returnTo = returnPathOf(context.query, '/account');
  if (isSignedIn(context)) return { redirect: context.href(returnTo) };
  return { data: { email: '', name: '', returnTo, attempt: newAttempt(), faults: [] } };
}

async function signUp(
  context: PageContext,
  form: URLSearchParams,
): Promise<Shown<AccountFormData> | Redirect> {
  const email = (form.get('email') ?? '').trim();
  const name = (form.get('name') ?? '').trim();
  const password = form.get('password') ?? '';
  const sent = form.get('attempt') ?? '';
  const again = (faults: readonly FieldFault[], status: number): Shown<AccountFormData> => ({
    data: { email, name, returnTo: returnPathOf(form, '/account'), attempt: newAttempt(), faults },
    status,
  });
  const missing: FieldFault[] = [];
  if (email === '') missing.push({ field: 'email', message: 'account.emailMissing' });
  if ([...password].length < PASSWORD_LENGTH_MIN) {
    missing.push({ field: 'password', message: 'account.passwordShort' });
  }
  if (missing.length > 0) return again(missing, 422);
  try {
    const { language } = context.locale;
    const signedIn = await context.write<ApiSignedIn>('POST', '/v1/customers', {
      body: { email, password, language, ...(name !== '' && { name }) },
      ...(ATTEMPT_PATTERN.test(sent) && { key: sent }),
    });
    return enter(context, signedIn, form);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return again([fault], error.status === 409 ? 409 : 422);
  }
}

function faultOf({ code, status, field }: ApiProblem): FieldFault | undefined {
  if (code === 'email-taken') return { field: 'email', message: 'account.emailTaken' };
  if (status !== 400 && status !== 422) return undefined;
  if (field === 'password') return { field: 'password', message: 'account.passwordCommon' };
  if (field === 'name') return { field: 'name', message: 'account.nameWrong' };
  return { field: 'email', message: 'checkout.emailWrong' };
}

function SignUp({ data }: { readonly data: AccountFormData }) {
  const { t, href } = usePage();
  return (
    <AccountForm
      data={data}
      kind="sign-up"
      foot={
        <>
          {t('account.haveOne')}{' '}
          <a href={href('/account/sign-in', { return: data.returnTo })}>{t('account.signIn')}</a>
        </>
      }
    />
  );
}
