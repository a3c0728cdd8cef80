import { Badge, Card, Notice } from '@commerce/ui/content';
import { Button } from '@commerce/ui/button';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useHref, useParams } from 'react-router';
import { read } from '../api/client.ts';
import type { CellPartition, FleetCell } from '../api/fleet-types.ts';
import { useLanguage } from '../i18n/language.tsx';
import { CELL_STATE_BADGES, formatLag, healthOf } from '../parts/cell-health.ts';
import { EvacuateDialog } from '../parts/evacuate-dialog.tsx';
import { PartitionGrid } from '../parts/partition-grid.tsx';
import { findCell, type Rates, useFleet } from '../parts/use-fleet.ts';
import { Page } from '../shell/page.tsx';
import { NotFound, Shown } from '../shell/states.tsx';

const REFETCH_MS = 3_000;

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Card className="c-figure">
      <h2>{name}</h2>
      <div className="c-figure__value">{children}</div>
    </Card>
  );
}

function Figures({ cell, rates }: { readonly cell: FleetCell; readonly rates: Rates | undefined }) {
  const { text, formats } = useLanguage();
  const perSecond = (value: number | undefined) =>
    value === undefined ? '–' : text('fleet.perSecond', { count: Math.round(value * 10) / 10 });
  return (
    <div className="c-figures">
      <Figure name={text('fleet.requests')}>{perSecond(rates?.requests)}</Figure>
      <Figure name={text('fleet.failures')}>{perSecond(rates?.failures)}</Figure>
      <Figure name={text('nav.orders')}>{perSecond(rates?.orders)}</Figure>
      <Figure name={text('fleet.lag')}>
        {formatLag(text, cell.lagVersionsMax, cell.lagMsMax)}
      </Figure>
      <Figure name={text('fleet.database')}>
        {cell.load === null
          ? '–'
          : text('fleet.mebibytes', {
              count: formats.number(Math.round(cell.load.databaseBytes / 1_048_576)),
            })}
      </Figure>
    </div>
  );
}

function Partitions({ cell }: { readonly cell: string }) {
  const { text } = useLanguage();
  const query = useQuery({
    queryKey: ['cell-partitions', cell],
    queryFn: ({ signal }) =>
      read<{ readonly items: readonly CellPartition[] }>(`/v1/cells/${cell}/partitions`, {
        signal,
      }),
    refetchInterval: REFETCH_MS,
  });
  return (
    <Card>
      <h2>{text('fleet.partitions')}</h2>
      <Shown query={query}>{({ items }) => <PartitionGrid cell={cell} items={items} />}</Shown>
    </Card>
  );
}

/** One cell: how it is, what it does, and what it is to each partition of its realm. */
export function CellPage() {
  const { text, formats } = useLanguage();
  const { cellId = '' } = useParams();
  const [isAsking, setAsking] = useState(false);
  const list = useHref('/cells');
  const fleet = useFleet();
  const cell = fleet.data === undefined ? undefined : findCell(fleet.data.fleet, cellId);
  if (fleet.data !== undefined && cell === undefined) return <NotFound />;
  return (
    <Page
      title={cellId}
      crumbs={[{ name: text('nav.cells'), href: list }, { name: cellId }]}
      aside={
        cell && (
          <>
            <Badge tone={healthOf(cell)[0]}>{text(healthOf(cell)[1])}</Badge>
            <Badge tone={CELL_STATE_BADGES[cell.state][0]}>
              {text(CELL_STATE_BADGES[cell.state][1])}
            </Badge>
          </>
        )
      }
      actions={
        cell !== undefined &&
        cell.primaries > 0 && (
          <Button variant="danger" onClick={() => setAsking(true)}>
            {text('evacuate.empty')}
          </Button>
        )
      }
    >
      <Shown query={fleet}>
        {({ rates }) =>
          cell && (
            <div className="c-stack">
              <p className="c-muted">
                <bdi>{cell.location}</bdi>, <bdi>{formats.country(cell.country)}</bdi> ·{' '}
                <bdi>{cell.jurisdiction}</bdi> ·{' '}
                <bdi>{text('fleet.weight', { count: cell.weight })}</bdi>
              </p>
              {cell.quarantine !== null && (
                <Notice tone="danger" live title={text('cells.quarantined')}>
                  {cell.quarantine.cause === null
                    ? text('fleet.quarantineStart')
                    : text('fleet.quarantineRestored', {
                        count: cell.quarantine.partitionsBehind,
                      })}
                </Notice>
              )}
              {cell.disagreeing > 0 && cell.quarantine === null && (
                <Notice tone="danger" live>
                  {text('fleet.disagreeing', { count: cell.disagreeing })}
                </Notice>
              )}
              {cell.unprotected > 0 && (
                <Notice tone="warning" live>
                  {text('fleet.unprotectedText', { count: cell.unprotected })}
                </Notice>
              )}
              <Figures cell={cell} rates={rates.get(cell.id)} />
              <Partitions cell={cell.id} />
            </div>
          )
        }
      </Shown>
      {isAsking && <EvacuateDialog source={cellId} onClose={() => setAsking(false)} />}
    </Page>
  );
}
