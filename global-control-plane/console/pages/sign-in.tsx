import { Button } from '@commerce/ui/button';
import { Card, Notice } from '@commerce/ui/content';
import { TextField } from '@commerce/ui/field';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useForm } from 'react-hook-form';
import { read } from '../api/client.ts';
import { ApiProblem } from '../api/problem.ts';
import type { BrowserState, Session } from '../api/types.ts';
import { type Text, useText } from '../i18n/language.tsx';
import { LanguageMenu, ThemeMenu } from '../shell/menus.tsx';
import { ProblemText } from '../shell/states.tsx';

interface Credentials {
  readonly email: string;
  readonly password: string;
}

function describeRefusal(error: unknown, text: Text) {
  if (!(error instanceof ApiProblem)) return <ProblemText error={error} />;
  const { code } = error.problem;
  if (code === 'invalid-credentials') return text('signIn.wrong');
  if (code === 'account-locked' || code === 'rate-limited') {
    return text('signIn.locked', { seconds: error.retryAfterS ?? 60 });
  }
  return <ProblemText error={error} />;
}

/** Sign-ins of the demo, where there is one: choosing one fills the form. */
function Hints({
  hints,
  onChoose,
}: {
  readonly hints: BrowserState['hints'];
  readonly onChoose: (credentials: Credentials) => void;
}) {
  const text = useText();
  if (hints.length === 0) return null;
  return (
    <section className="c-hints" aria-labelledby="hints">
      <h2 id="hints">{text('signIn.demo')}</h2>
      <p className="c-muted">{text('signIn.demoText')}</p>
      <ul>
        {hints.map(({ role, email, password }) => (
          <li key={email}>
            <button type="button" onClick={() => onChoose({ email, password })}>
              <strong>{role}</strong>
              <span>{email}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who is not signed in sees this at every address, and is at that address afterwards. */
export function SignIn({
  hints,
  onSignedIn,
}: {
  readonly hints: BrowserState['hints'];
  readonly onSignedIn: (session: Session) => void;
}) {
  const text = useText();
  const form = useRef<HTMLFormElement>(null);
  const { register, handleSubmit, reset, formState } = useForm<Credentials>();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: Credentials) =>
      read<Session>('/v1/browser-session', { method: 'PUT', body }),
    onSuccess: onSignedIn,
  });
  useEffect(() => {
    document.title = text('title', { page: text('signIn.title') });
  }, [text]);
  const { email, password } = formState.errors;
  return (
    <main className="c-sign-in">
      <div className="c-sign-in__tools">
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <Card className="c-sign-in__card">
        <p className="c-brand">
          <span className="c-brand__mark" aria-hidden="true" />
          {text('brand')}
        </p>
        <h1>{text('signIn.title')}</h1>
        <form
          ref={form}
          className="c-form"
          noValidate
          onSubmit={(event) => void handleSubmit((credentials) => mutate(credentials))(event)}
        >
          {error !== null && (
            <Notice tone="danger" live>
              {describeRefusal(error, text)}
            </Notice>
          )}
          <TextField
            label={text('signIn.email')}
            type="email"
            autoComplete="username"
            error={email && text('required')}
            {...register('email', { required: true })}
          />
          <TextField
            label={text('signIn.password')}
            type="password"
            autoComplete="current-password"
            error={password && text('required')}
            {...register('password', { required: true })}
          />
          <Button type="submit" variant="primary" wide busy={isPending}>
            {text('signIn.action')}
          </Button>
        </form>
      </Card>
      <Hints
        hints={hints}
        onChoose={(credentials) => {
          reset(credentials);
          form.current?.querySelector('button')?.focus();
        }}
      />
    </main>
  );
}
