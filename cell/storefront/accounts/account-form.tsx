import { Button } from '@commerce/ui/button';
import { TextField } from '@commerce/ui/field';
import type { ReactNode } from 'react';
import { FaultSummary, useFault } from '../checkouts/faults.tsx';
import type { FieldFault } from '../checkouts/entry.ts';
import { FormToken } from '../layout/form-token.tsx';
import { usePage } from '../page-scope.tsx';

/** What a form of the account holds. */
export interface AccountFormData {
  readonly email: string;
  readonly name: string;
  readonly returnTo: string;
  /** Key by which signing up twice is once. */
  readonly attempt: string;
  readonly faults: readonly FieldFault[];
}

/** Signing in, or signing up. */
export function AccountForm({
  data,
  kind,
  foot,
}: {
  readonly data: AccountFormData;
  readonly kind: 'sign-in' | 'sign-up';
  readonly foot: ReactNode;
}) {
  const { t, href } = usePage();
  const { faults, email, name, returnTo, attempt } = data;
  const isNew = kind === 'sign-up';
  const nameFault = useFault(faults, 'name');
  return (
    <div className="account-card">
      <h1>{t(isNew ? 'account.signUp' : 'account.signIn')}</h1>
      <p className="account-card__lead">{t(isNew ? 'account.signUpText' : 'account.signInText')}</p>
      <FaultSummary faults={faults} />
      <form method="post" action={href(`/account/${kind}`)} noValidate data-once="">
        <FormToken />
        <input type="hidden" name="return" value={returnTo} />
        <input type="hidden" name="attempt" value={attempt} />
        {isNew && (
          <TextField
            id="name"
            name="name"
            autoComplete="name"
            maxLength={200}
            label={t('field.name')}
            optional={t('field.optional')}
            defaultValue={name}
            error={nameFault}
          />
        )}
        <TextField
          id="email"
          name="email"
          type="email"
          autoComplete={isNew ? 'email' : 'username'}
          required
          maxLength={254}
          label={t('field.email')}
          defaultValue={email}
          error={useFault(faults, 'email')}
        />
        <TextField
          id="password"
          name="password"
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          required
          maxLength={200}
          label={t('field.password')}
          hint={isNew ? t('account.passwordHint') : undefined}
          error={useFault(faults, 'password')}
        />
        <Button variant="primary" wide>
          {t(isNew ? 'account.create' : 'account.signIn')}
        </Button>
      </form>
      <p className="account-card__foot">{foot}</p>
    </div>
  );
}
