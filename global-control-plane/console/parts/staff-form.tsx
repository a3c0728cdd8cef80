import { Button } from '@commerce/ui/button';
import { Notice } from '@commerce/ui/content';
import { SelectField, TextField } from '@commerce/ui/field';
import { useToast } from '@commerce/ui/toast';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { read } from '../api/client.ts';
import { fieldProblems } from '../api/problem.ts';
import type { User } from '../api/types.ts';
import { useText } from '../i18n/language.tsx';
import { ProblemText } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';

interface NewStaff {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly role: string;
}

const EMPTY: NewStaff = { name: '', email: '', password: '', role: 'editor' };
/** As the control plane wants it. */
const PASSWORD_LENGTH_MIN = 10;

/** Adds somebody to the staff of the vendor. */
export function StaffForm() {
  const text = useText();
  const toast = useToast();
  const { api } = useVendor();
  const queries = useQueryClient();
  const { register, handleSubmit, reset, formState } = useForm<NewStaff>({ defaultValues: EMPTY });
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: NewStaff) => read<User>(`${api}/staff`, { method: 'POST', body }),
    onSuccess: async ({ name }) => {
      await queries.invalidateQueries({ queryKey: ['staff', api] });
      reset(EMPTY);
      toast(text('staff.added', { name }), { type: 'success' });
    },
  });
  const refused = fieldProblems(error);
  const { errors } = formState;
  const isTold = ['email', 'password', 'name'].some((field) => refused.has(field));
  return (
    <details className="c-details">
      <summary className="ui-button ui-button--small">{text('staff.add')}</summary>
      <form
        className="c-form"
        noValidate
        onSubmit={(event) => void handleSubmit((given) => mutate(given))(event)}
      >
        {error !== null && !isTold && (
          <Notice tone="danger" live>
            <ProblemText error={error} />
          </Notice>
        )}
        <TextField
          label={text('name')}
          autoComplete="off"
          error={errors.name ? text('required') : refused.get('name')}
          {...register('name', { required: true })}
        />
        <TextField
          label={text('signIn.email')}
          type="email"
          autoComplete="off"
          error={errors.email ? text('required') : refused.get('email')}
          {...register('email', { required: true })}
        />
        <TextField
          label={text('signIn.password')}
          type="password"
          autoComplete="new-password"
          hint={text('staff.passwordHint', { count: PASSWORD_LENGTH_MIN })}
          error={
            errors.password
              ? text('staff.passwordHint', { count: PASSWORD_LENGTH_MIN })
              : refused.get('password')
          }
          {...register('password', { required: true, minLength: PASSWORD_LENGTH_MIN })}
        />
        <SelectField label={text('role')} {...register('role')}>
          <option value="editor">{text('role.editor')}</option>
          <option value="viewer">{text('role.viewer')}</option>
          <option value="owner">{text('role.owner')}</option>
        </SelectField>
        <div>
          <Button type="submit" busy={isPending}>
            {text('staff.add')}
          </Button>
        </div>
      </form>
    </details>
  );
}
