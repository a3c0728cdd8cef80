import { ButtonLink } from '@commerce/ui/button';
import { EmptyState } from '@commerce/ui/content';
import { definePage } from '../page.ts';
import { usePage } from '../page-scope.tsx';

/** What the service worker shows where there is no network. It is kept, so it says nothing of anybody. */
export const offlinePage = definePage<undefined>({
  path: '/offline',
  frame: 'bare',
  load: () => Promise.resolve({ data: undefined }),
  head: (_data, { t }) => ({ title: t('offline.title'), noIndex: true }),
  View: Offline,
});

function Offline() {
  const { t, href } = usePage();
  return (
    <EmptyState
      icon="offline"
      level={1}
      title={t('offline.title')}
      text={t('offline.text')}
      actions={
        <ButtonLink variant="primary" href={href('/')}>
          {t('error.retry')}
        </ButtonLink>
      }
    />
  );
}
