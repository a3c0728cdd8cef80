import { Badge, Notice, type Tone } from '@commerce/ui/content';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/client.ts';
import type { Cell, CellList } from '../api/types.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Page } from '../shell/page.tsx';
import { Shown } from '../shell/states.tsx';

/** The control plane looks at the cells this often. */
const REFETCH_MS = 3_000;

function healthOf({ health }: Cell): readonly [Tone, MessageKey] {
  if (health.reachability === 'unreachable') return ['danger', 'cells.unreachable'];
  if (health.reachability === 'unknown') return ['neutral', 'cells.unknown'];
  return health.ready === true ? ['success', 'cells.ready'] : ['warning', 'cells.notReady'];
}

const STATES = {
  accepting: ['success', 'cells.accepting'],
  draining: ['warning', 'cells.draining'],
  retired: ['neutral', 'cells.retired'],
} as const satisfies Readonly<Record<Cell['state'], readonly [Tone, MessageKey]>>;

function useColumns(): Column<Cell>[] {
  const { text, formats } = useLanguage();
  return [
    {
      id: 'cell',
      name: text('cell'),
      isHead: true,
      show: ({ id, location, country }) => (
        <>
          {id}
          <span className="c-muted c-thing__note">
            {location}, {formats.country(country)}
          </span>
        </>
      ),
    },
    {
      id: 'health',
      name: text('cells.health'),
      show: (cell) => {
        const [tone, label] = healthOf(cell);
        return <Badge tone={tone}>{text(label)}</Badge>;
      },
    },
    {
      id: 'state',
      name: text('status'),
      show: ({ state }) => {
        const [tone, label] = STATES[state];
        return <Badge tone={tone}>{text(label)}</Badge>;
      },
    },
    {
      id: 'lag',
      name: text('cells.catalogLag'),
      align: 'end',
      show: ({ health }) =>
        health.replication === null ? '–' : formats.number(health.replication.catalogLagChanges),
    },
    {
      id: 'seen',
      name: text('cells.seen'),
      align: 'end',
      show: ({ health }) =>
        health.seenAt === null ? '–' : formats.ago(Date.now() - Date.parse(health.seenAt)),
    },
  ];
}

/** All cells of the fleet and how they are. */
export function Cells() {
  const text = useText();
  const query = useQuery({
    queryKey: ['cells'],
    queryFn: ({ signal }) => read<CellList>('/v1/cells', { signal }),
    refetchInterval: REFETCH_MS,
  });
  const columns = useColumns();
  return (
    <Page title={text('nav.cells')}>
      <Shown query={query}>
        {({ cells, directory }) => (
          <div className="c-stack">
            {directory === 'unavailable' && (
              <Notice tone="warning" live title={text('cells.directoryAway')}>
                {text('cells.directoryAwayText')}
              </Notice>
            )}
            <DataTable
              label={text('nav.cells')}
              columns={columns}
              rows={cells}
              rowKey={({ id }) => id}
            />
          </div>
        )}
      </Shown>
    </Page>
  );
}
