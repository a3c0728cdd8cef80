import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import { EmptyState } from '@commerce/ui/content';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { read } from '../api/client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { PlanStateBadge } from '../parts/plan-state.tsx';
import { Page } from '../shell/page.tsx';
import { Shown } from '../shell/states.tsx';

const REFETCH_MS = 2_000;

function useColumns(): Column<EvacuationPlan>[] {
  const { text, formats } = useLanguage();
  const seconds = (ms: number) => text('evacuate.seconds', { count: Math.round(ms / 100) / 10 });
  return [
    {
      id: 'way',
      name: text('evacuations.way'),
      isHead: true,
      show: ({ id, source, target, reason }) => (
        <Link to={`/evacuations/${id}`} className="c-thing">
          <span>
            {source} → {target ?? text('evacuations.standbys')}
            <span className="c-muted c-thing__note">{reason === '' ? id : reason}</span>
          </span>
        </Link>
      ),
    },
    { id: 'state', name: text('status'), show: ({ state }) => <PlanStateBadge state={state} /> },
    {
      id: 'moved',
      name: text('evacuations.moved'),
      align: 'end',
      show: ({ counts }) => `${formats.number(counts.moved)} / ${formats.number(counts.total)}`,
    },
    {
      id: 'pause',
      name: text('evacuations.pause'),
      align: 'end',
      show: ({ pauses }) =>
        pauses === null ? '–' : text('evacuations.ms', { count: formats.number(pauses.p99Ms) }),
    },
    {
      id: 'took',
      name: text('evacuations.took'),
      align: 'end',
      show: ({ createdAt, finishedAt }) =>
        finishedAt === null ? '–' : seconds(Date.parse(finishedAt) - Date.parse(createdAt)),
    },
    {
      id: 'began',
      name: text('evacuations.began'),
      align: 'end',
      show: ({ createdAt }) => formats.dateTime(createdAt),
    },
  ];
}

/** Evacuations and drills, under way and past. */
export function Evacuations() {
  const { text } = useLanguage();
  const columns = useColumns();
  const query = useQuery({
    queryKey: ['evacuations'],
    queryFn: ({ signal }) =>
      read<{ readonly items: readonly EvacuationPlan[] }>('/v1/evacuations', { signal }),
    refetchInterval: REFETCH_MS,
  });
  return (
    <Page title={text('nav.evacuations')}>
      <Shown query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon="globe"
              title={text('evacuations.empty.title')}
              text={text('evacuations.empty.text')}
              actions={<LinkButton to="/cells">{text('nav.cells')}</LinkButton>}
            />
          ) : (
            <DataTable
              label={text('nav.evacuations')}
              columns={columns}
              rows={items}
              rowKey={({ id }) => id}
            />
          )
        }
      </Shown>
    </Page>
  );
}
