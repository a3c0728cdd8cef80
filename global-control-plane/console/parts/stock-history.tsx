import { Badge } from '@commerce/ui/content';
import { Drawer } from '@commerce/ui/overlay';
import { useList } from '../api/lists.ts';
import type { Movement, StockRow } from '../api/types.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';
import { MoreButton } from './data-table.tsx';

const KINDS = {
  count: 'stock.kind.count',
  received: 'stock.kind.received',
  removed: 'stock.kind.removed',
  'returned-by-cell': 'stock.kind.returned',
  shipped: 'stock.kind.shipped',
} as const satisfies Readonly<Record<Movement['kind'], MessageKey>>;

/** What happened to the units of one variant, the latest first. */
export function StockHistory({
  row,
  onClose,
}: {
  readonly row: StockRow;
  readonly onClose: () => void;
}) {
  const { text, formats } = useLanguage();
  const { api } = useVendor();
  const list = useList<Movement>(`${api}/stock/${encodeURIComponent(row.sku)}/movements`);
  return (
    <Drawer
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={text('stock.historyOf', { sku: row.sku })}
      closeLabel={text('close')}
    >
      <Shown query={{ ...list, data: list.items }}>
        {(movements) =>
          movements.length === 0 ? (
            <p className="c-muted">{text('stock.noHistory')}</p>
          ) : (
            <>
              <ul className="c-rows">
                {movements.map(({ id, kind, delta, happenedAt }) => (
                  <li key={id}>
                    <span className="c-rows__main">
                      {text(KINDS[kind])}
                      <span className="c-muted c-thing__note">{formats.dateTime(happenedAt)}</span>
                    </span>
                    <Badge tone={delta < 0 ? 'warning' : 'success'}>
                      <bdi>
                        {delta > 0 ? '+' : ''}
                        {formats.number(delta)}
                      </bdi>
                    </Badge>
                  </li>
                ))}
              </ul>
              <MoreButton list={list} />
            </>
          )
        }
      </Shown>
    </Drawer>
  );
}
