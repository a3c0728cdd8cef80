import { Button } from '@commerce/ui/button';
import { EmptyState } from '@commerce/ui/content';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useList } from '../api/lists.ts';
import type { StockRow } from '../api/types.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import { type Column, DataTable, MoreButton } from '../parts/data-table.tsx';
import { ChoiceFilter, SearchFilter } from '../parts/filters.tsx';
import { Picture } from '../parts/picture.tsx';
import { StockDialog } from '../parts/stock-dialog.tsx';
import { StockHistory } from '../parts/stock-history.tsx';
import { Page } from '../shell/page.tsx';
import { useMayWrite } from '../shell/session.tsx';
import { Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';
import { LOW_UNITS } from './products.tsx';

/** What cells sell shows by itself. */
const REFETCH_MS = 5_000;

/** Views of the list, with the most units that a variant in it may have. */
const LEVELS: Readonly<Record<string, number>> = { low: LOW_UNITS, out: 0 };

function useColumns(open: (row: StockRow, view: 'change' | 'history') => void): Column<StockRow>[] {
  const { text, tag, formats } = useLanguage();
  const { base } = useVendor();
  const mayWrite = useMayWrite();
  const sum = (row: StockRow, part: 'available' | 'reserved' | 'committed'): string =>
    formats.number(row.cells.reduce((total, cell) => total + cell[part], 0));
  return [
    {
      id: 'sku',
      name: text('sku'),
      isHead: true,
      show: ({ sku, productId, titles, options, picture }) => (
        <Link to={`${base}/products/${productId}`} className="c-thing">
          <Picture hash={picture} />
          <span>
            {[textFor(titles, tag), ...options.map((labels) => textFor(labels, tag))].join(' · ')}
            <span className="c-muted c-thing__note">{sku}</span>
          </span>
        </Link>
      ),
    },
    {
      id: 'sellable',
      name: text('sellable'),
      align: 'end',
      show: ({ sellable }) => (
        <strong data-tone={sellable <= LOW_UNITS ? 'danger' : undefined}>
          {formats.number(sellable)}
        </strong>
      ),
    },
    {
      id: 'reserved',
      name: text('stock.reserved'),
      align: 'end',
      show: (row) => sum(row, 'reserved'),
    },
    {
      id: 'committed',
      name: text('stock.committed'),
      align: 'end',
      show: (row) => sum(row, 'committed'),
    },
    {
      id: 'onHand',
      name: text('stock.onHand'),
      align: 'end',
      show: ({ onHand }) => formats.number(onHand),
    },
    {
      id: 'actions',
      name: text('actions'),
      align: 'end',
      show: (row) => (
        <span className="c-row-actions">
          {mayWrite && (
            <Button
              size="small"
              aria-label={text('stock.changeOf', { sku: row.sku })}
              onClick={() => open(row, 'change')}
            >
              {text('stock.change')}
            </Button>
          )}
          <Button
            size="small"
            variant="ghost"
            aria-label={text('stock.historyOf', { sku: row.sku })}
            onClick={() => open(row, 'history')}
          >
            {text('stock.history')}
          </Button>
        </span>
      ),
    },
  ];
}

/** Where the units of a variant are: in the warehouse, and in each cell that may sell them. */
function CellParts({ row }: { readonly row: StockRow }) {
  const { text, formats } = useLanguage();
  if (row.cells.length === 0 && row.countedAsOf === null) {
    return <p className="c-muted">{text('stock.neverCounted')}</p>;
  }
  return (
    <ul className="c-cells" aria-label={text('stock.byCell', { sku: row.sku })}>
      {row.cells.map(({ cell, available, stranded, lagMs }) => (
        <li key={cell}>
          <span
            className="c-dot"
            data-tone={stranded > 0 ? 'danger' : available === 0 ? 'warning' : 'success'}
          />
          <span>{cell}</span>
          <strong>{formats.number(available)}</strong>
          {stranded > 0 && (
            <span className="c-muted">{text('stock.stranded', { count: stranded })}</span>
          )}
          {lagMs === null && <span className="c-muted">{text('stock.notConfirmed')}</span>}
        </li>
      ))}
      {row.unallotted > 0 && (
        <li>
          <span className="c-dot" data-tone="neutral" />
          <span>{text('stock.unallotted')}</span>
          <strong>{formats.number(row.unallotted)}</strong>
        </li>
      )}
      {row.pendingReduction > 0 && (
        <li className="c-muted">{text('stock.pending', { count: row.pendingReduction })}</li>
      )}
    </ul>
  );
}

function StockTable({ rows }: { readonly rows: readonly StockRow[] }) {
  const text = useText();
  const [opened, setOpened] = useState<{ row: StockRow; view: 'change' | 'history' }>();
  const columns = useColumns((row, view) => setOpened({ row, view }));
  const close = (): void => setOpened(undefined);
  return (
    <>
      <DataTable
        label={text('nav.stock')}
        columns={columns}
        rows={rows}
        rowKey={({ variantId }) => variantId}
        below={(row) => <CellParts row={row} />}
      />
      {opened?.view === 'change' && <StockDialog row={opened.row} onClose={close} />}
      {opened?.view === 'history' && <StockHistory row={opened.row} onClose={close} />}
    </>
  );
}

/** Units of every variant, with what each cell has of them. */
export function Stock() {
  const text = useText();
  const { api } = useVendor();
  const [params] = useSearchParams();
  const q = params.get('q') ?? undefined;
  const atMost = LEVELS[params.get('level') ?? ''];
  const list = useList<StockRow>(`${api}/stock`, { q, atMost }, { refetchMs: REFETCH_MS });
  return (
    <Page title={text('nav.stock')}>
      <div className="c-toolbar">
        <SearchFilter label={text('stock.search')} />
        <ChoiceFilter
          label={text('stock.level')}
          name="level"
          choices={[
            { value: undefined, label: text('all') },
            { value: 'low', label: text('stock.low', { count: LOW_UNITS }) },
            { value: 'out', label: text('stock.out') },
          ]}
        />
      </div>
      <Shown query={{ ...list, data: list.items }}>
        {(rows) =>
          rows.length === 0 && !list.hasNextPage ? (
            <EmptyState
              icon="store"
              title={text(
                q === undefined && atMost === undefined ? 'stock.empty.title' : 'none.title',
              )}
              text={text(
                q === undefined && atMost === undefined ? 'stock.empty.text' : 'none.text',
              )}
            />
          ) : (
            <>
              <StockTable rows={rows} />
              <MoreButton list={list} />
            </>
          )
        }
      </Shown>
    </Page>
  );
}
