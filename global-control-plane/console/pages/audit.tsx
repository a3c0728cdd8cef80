import { Badge, EmptyState, Notice } from '@commerce/ui/content';
import { Button } from '@commerce/ui/button';
import { useInfiniteQuery } from '@tanstack/react-query';
import { read } from '../api/client.ts';
import type { AuditEntry, AuditPage } from '../api/fleet-types.ts';
import { useLanguage } from '../i18n/language.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { OperatorName } from '../parts/operator-name.tsx';
import { Page } from '../shell/page.tsx';
import { Shown } from '../shell/states.tsx';

const LIMIT = 50;

function useColumns(): Column<AuditEntry>[] {
  const { text, formats } = useLanguage();
  return [
    {
      id: 'action',
      name: text('audit.action'),
      isHead: true,
      show: ({ action, subject }) => (
        <span>
          {action}
          <span className="c-muted c-thing__note">{subject}</span>
        </span>
      ),
    },
    { id: 'outcome', name: text('audit.outcome'), show: ({ outcome }) => <Badge>{outcome}</Badge> },
    { id: 'by', name: text('audit.by'), wraps: true, show: ({ by }) => <OperatorName by={by} /> },
    {
      id: 'detail',
      name: text('audit.detail'),
      wraps: true,
      show: ({ detail }) => (
        <span className="c-muted">
          {Object.entries(detail)
            .filter(([, value]) => value !== null && value !== '')
            .map(([name, value]) => `${name}: ${value}`)
            .join(' · ') || '–'}
        </span>
      ),
    },
    {
      id: 'at',
      name: text('audit.at'),
      align: 'end',
      show: ({ at }) => formats.dateTime(at),
    },
  ];
}

/** What operators did, and whether the chain over it is whole. */
export function Audit() {
  const { text } = useLanguage();
  const columns = useColumns();
  const query = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam, signal }) =>
      read<AuditPage>('/v1/audit', { query: { limit: LIMIT, before: pageParam }, signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ items }) => (items.length < LIMIT ? undefined : items.at(-1)?.seq),
  });
  return (
    <Page title={text('nav.audit')}>
      <Shown query={{ ...query, data: query.data?.pages }}>
        {(pages) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) {
            return (
              <EmptyState
                icon="receipt"
                title={text('audit.empty.title')}
                text={text('audit.empty.text')}
              />
            );
          }
          return (
            <div className="c-stack">
              {pages.every(({ intact }) => intact) ? (
                <Notice tone="success">{text('audit.intact')}</Notice>
              ) : (
                <Notice tone="danger" live title={text('audit.broken')}>
                  {text('audit.brokenText')}
                </Notice>
              )}
              <DataTable
                label={text('nav.audit')}
                columns={columns}
                rows={items}
                rowKey={({ seq }) => String(seq)}
              />
              {query.hasNextPage && (
                <div className="c-more">
                  <Button
                    busy={query.isFetchingNextPage}
                    onClick={() => void query.fetchNextPage()}
                  >
                    {text('more')}
                  </Button>
                </div>
              )}
            </div>
          );
        }}
      </Shown>
    </Page>
  );
}
