import { Badge, Card, Notice } from '@commerce/ui/content';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { read } from '../api/client.ts';
import type { FleetCell } from '../api/fleet-types.ts';
import type { Cell, CellList } from '../api/types.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { CELL_STATE_BADGES, formatLag, healthOf } from '../parts/cell-health.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { FleetMap } from '../parts/fleet-map.tsx';
import { type Rates, useFleet } from '../parts/use-fleet.ts';
import { Page } from '../shell/page.tsx';
import { Shown } from '../shell/states.tsx';

/** The control plane looks at the cells this often. */
const REFETCH_MS = 3_000;

interface Row extends FleetCell {
  readonly rates: Rates | undefined;
  readonly seen: Cell['health'] | undefined;
}

function useColumns(): Column<Row>[] {
  const { text, formats } = useLanguage();
  const perSecond = (value: number | undefined) =>
    value === undefined ? '–' : text('fleet.perSecond', { count: Math.round(value * 10) / 10 });
  return [
    {
      id: 'cell',
      name: text('cell'),
      isHead: true,
      show: ({ id, location, country }) => (
        <Link to={`/cells/${id}`} className="c-thing">
          <span>
            {id}
            <span className="c-muted c-thing__note">
              {location}, {formats.country(country)}
            </span>
          </span>
        </Link>
      ),
    },
    {
      id: 'health',
      name: text('cells.health'),
      show: (cell) => {
        const [tone, label] = healthOf(cell);
        const [stateTone, state] = CELL_STATE_BADGES[cell.state];
        return (
          <span className="c-badges">
            <Badge tone={tone}>{text(label)}</Badge>
            {/* What every cell is by rule needs no word. */}
            {cell.state === 'draining' && <Badge tone={stateTone}>{text(state)}</Badge>}
          </span>
        );
      },
    },
    {
      id: 'partitions',
      name: text('fleet.primaries'),
      align: 'end',
      show: ({ primaries, standbys }) =>
        `${formats.number(primaries)} / ${formats.number(standbys)}`,
    },
    {
      id: 'load',
      name: text('fleet.requests'),
      align: 'end',
      show: ({ rates }) => perSecond(rates?.requests),
    },
    {
      id: 'orders',
      name: text('nav.orders'),
      align: 'end',
      show: ({ rates }) => perSecond(rates?.orders),
    },
    {
      id: 'lag',
      name: text('fleet.lag'),
      align: 'end',
      show: ({ lagVersionsMax, lagMsMax }) => formatLag(text, lagVersionsMax, lagMsMax),
    },
    {
      id: 'catalog',
      name: text('cells.catalogLag'),
      align: 'end',
      show: ({ seen }) =>
        seen?.replication ? formats.number(seen.replication.catalogLagChanges) : '–',
    },
  ];
}

/** All cells of the fleet: where they stand, how they are, what they do. */
export function Cells() {
  const text = useText();
  const fleet = useFleet();
  const seen = useQuery({
    queryKey: ['cells'],
    queryFn: ({ signal }) => read<CellList>('/v1/cells', { signal }),
    refetchInterval: REFETCH_MS,
  });
  const columns = useColumns();
  return (
    <Page title={text('nav.cells')}>
      <Shown query={fleet}>
        {({ fleet: now, rates }) => (
          <div className="c-stack">
            {seen.data?.directory === 'unavailable' && (
              <Notice tone="warning" live title={text('cells.directoryAway')}>
                {text('cells.directoryAwayText')}
              </Notice>
            )}
            <Card className="c-map-card">
              <FleetMap fleet={now} />
            </Card>
            <DataTable
              label={text('nav.cells')}
              columns={columns}
              rows={now.cells.map((cell) => ({
                ...cell,
                rates: rates.get(cell.id),
                seen: seen.data?.cells.find(({ id }) => id === cell.id)?.health,
              }))}
              rowKey={({ id }) => id}
            />
          </div>
        )}
      </Shown>
    </Page>
  );
}
