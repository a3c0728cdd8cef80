import { useId } from 'react';
import type { CellPartition } from '../api/fleet-types.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage } from '../i18n/language.tsx';

/** What a cell is to a partition, as it is drawn. `trouble` is where it says otherwise than the directory. */
export type Standing = 'primary' | 'standby' | 'elsewhere' | 'moving' | 'trouble';

const NAMES: Readonly<Record<Standing, MessageKey>> = {
  primary: 'grid.primary',
  standby: 'grid.standby',
  elsewhere: 'grid.elsewhere',
  moving: 'grid.moving',
  trouble: 'grid.trouble',
};

const COLUMNS = 32;
const SIZE = 12;

/** How a cell stands to one partition. */
export function standingOf(cell: string, item: CellPartition): Standing {
  if (item.role === 'fenced') return 'moving';
  if (item.primary === cell) return item.role === 'primary' ? 'primary' : 'trouble';
  if (item.standby !== cell) return 'elsewhere';
  if (item.role !== 'standby' || item.copy === 'refused' || item.copy === 'diverged') {
    return 'trouble';
  }
  return item.copy === 'seeding' ? 'moving' : 'standby';
}

/** Every partition of a realm as a square, by what the cell is to it; the legend counts them in words. */
export function PartitionGrid({
  cell,
  items,
}: {
  readonly cell: string;
  readonly items: readonly CellPartition[];
}) {
  const { text, formats } = useLanguage();
  const title = useId();
  const standings = items.map((item) => standingOf(cell, item));
  const rows = Math.ceil(items.length / COLUMNS);
  return (
    <div className="c-grid-card">
      <svg
        className="c-grid"
        viewBox={`0 0 ${COLUMNS * SIZE} ${rows * SIZE}`}
        role="img"
        aria-labelledby={title}
      >
        <title id={title}>{text('grid.title', { cell })}</title>
        {items.map(({ partition, epoch, version }, index) => (
          <rect
            key={partition}
            data-standing={standings[index]}
            x={(index % COLUMNS) * SIZE + 1}
            y={Math.floor(index / COLUMNS) * SIZE + 1}
            width={SIZE - 2}
            height={SIZE - 2}
            rx="2"
          >
            <title>{`${partition} · ${text(NAMES[standings[index] as Standing])} · ${epoch}.${version ?? '?'}`}</title>
          </rect>
        ))}
      </svg>
      <ul className="c-legend">
        {(Object.keys(NAMES) as Standing[]).map((standing) => (
          <li key={standing}>
            <span className="c-legend__key" data-standing={standing} aria-hidden="true" />
            {text(NAMES[standing])}
            <span className="c-muted">
              {formats.number(standings.filter((one) => one === standing).length)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
