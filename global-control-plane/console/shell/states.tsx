import { Button } from '@commerce/ui/button';
import { EmptyState, ErrorState, Skeleton, VisuallyHidden } from '@commerce/ui/content';
import type { ReactNode } from 'react';
import { ApiProblem, Unreachable } from '../api/problem.ts';
import { useText } from '../i18n/language.tsx';

/** In place of what is on its way. */
export function Loading({ rows = 6 }: { readonly rows?: number }) {
  const text = useText();
  return (
    <div className="c-loading" role="status">
      <VisuallyHidden>{text('loading')}</VisuallyHidden>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} className="c-loading__row" />
      ))}
    </div>
  );
}

interface FailureProps {
  readonly error: unknown;
  readonly retry: (() => void) | undefined;
  readonly level?: 1 | 2 | 3;
}

/** In place of what could not be had: why, and the way on. */
export function Failure({ error, retry, level = 2 }: FailureProps) {
  const text = useText();
  const actions =
    retry === undefined ? undefined : <Button onClick={retry}>{text('retry')}</Button>;
  if (error instanceof Unreachable) {
    return (
      <ErrorState
        icon="offline"
        title={text('offline.title')}
        text={text('offline.text')}
        actions={actions}
        level={level}
      />
    );
  }
  if (error instanceof ApiProblem) {
    const { status, code } = error.problem;
    if (status === 404) return <NotFound level={level} />;
    if (code === 'forbidden') {
      return (
        <ErrorState
          icon="lock"
          title={text('forbidden.title')}
          text={text('forbidden.text')}
          level={level}
        />
      );
    }
  }
  return (
    <ErrorState
      title={text('failure.title')}
      text={<ProblemText error={error} />}
      actions={actions}
      level={level}
    />
  );
}

/** What a refusal says, with the id that finds it in the logs. */
export function ProblemText({ error }: { readonly error: unknown }) {
  const text = useText();
  if (error instanceof Unreachable) return <>{text('offline.text')}</>;
  if (!(error instanceof ApiProblem)) return <>{text('failure.text')}</>;
  const { requestId, status } = error.problem;
  return (
    <>
      {status >= 500 ? text('failure.text') : error.message}
      {requestId !== undefined && status >= 500 && (
        <>
          {' '}
          <span className="c-muted">{text('failure.request', { id: requestId })}</span>
        </>
      )}
    </>
  );
}

export function NotFound({ level = 1 }: { readonly level?: 1 | 2 | 3 }) {
  const text = useText();
  return (
    <EmptyState
      icon="search"
      title={text('notFound.title')}
      text={text('notFound.text')}
      level={level}
    />
  );
}

interface QueryLike<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

/** Shows what a query found; until then that it is on its way, or why it can't be had. */
export function Shown<Data>({
  query,
  rows,
  children,
}: {
  readonly query: QueryLike<Data>;
  readonly rows?: number;
  readonly children: (data: Data) => ReactNode;
}) {
  const { data, error, refetch } = query;
  if (data !== undefined) return <>{children(data)}</>;
  if (error !== null) return <Failure error={error} retry={() => void refetch()} />;
  return <Loading {...(rows !== undefined && { rows })} />;
}
