import { ButtonLink } from '@commerce/ui/button';
import { ErrorState } from '@commerce/ui/content';
import type { IconName } from '@commerce/ui/icon';
import type { HeadTags } from '../head.ts';
import type { MessageKey, Translate } from '../i18n.ts';
import type { ApiProblem } from '../page.ts';
import { usePage } from '../page-scope.tsx';

interface Telling {
  readonly icon: IconName;
  readonly title: MessageKey;
  readonly text: MessageKey;
  readonly retry: boolean;
}

/** How each kind of problem is told to a shopper. */
function tellingOf({ status }: ApiProblem): Telling {
  if (status === 404) return of('search', 'notFound', false);
  if (status === 410) return of('box', 'gone', false);
  if (status === 403) return of('lock', 'form', false);
  if (status < 500 && status !== 421 && status !== 429) return of('warning', 'invalid', false);
  if (status === 500) return of('warning', 'internal', true);
  return of('offline', 'unavailable', true);
}

function of(
  icon: IconName,
  name: 'notFound' | 'gone' | 'form' | 'invalid' | 'internal' | 'unavailable',
  retry: boolean,
): Telling {
  return { icon, title: `error.${name}.title`, text: `error.${name}.text`, retry };
}

export function errorHead(problem: ApiProblem, t: Translate): HeadTags {
  return { title: t(tellingOf(problem).title), noIndex: true };
}

/** In place of a page that can't be shown. */
export function ErrorPage({ problem }: { readonly problem: ApiProblem }) {
  const { t, href, path, query } = usePage();
  const { icon, title, text, retry } = tellingOf(problem);
  return (
    <ErrorState
      icon={icon}
      level={1}
      title={t(title)}
      text={t(text, { detail: problem.message })}
      actions={
        <>
          {retry && (
            <ButtonLink variant="primary" href={href(path, Object.fromEntries(query))}>
              {t('error.retry')}
            </ButtonLink>
          )}
          <ButtonLink variant={retry ? 'secondary' : 'primary'} href={href('/')}>
            {t('error.home')}
          </ButtonLink>
        </>
      }
    />
  );
}
