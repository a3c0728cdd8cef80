import { Notice } from '@commerce/ui/content';
import type { Completeness } from '../api/types.ts';
import { useLanguage } from '../i18n/language.tsx';

/** A cell whose orders are known up to less than this ago counts as up to date. */
const FRESH_MS = 15_000;

export const isUpToDate = ({ reachable, lagMs, refusedEvents }: Completeness): boolean =>
  reachable && lagMs !== null && lagMs < FRESH_MS && refusedEvents === 0;

/** Says of which cells something is missing; nothing where all is known. */
export function CompletenessNotice({ cells }: { readonly cells: readonly Completeness[] }) {
  const { text, formats } = useLanguage();
  const lacking = cells.filter((cell) => !isUpToDate(cell));
  if (lacking.length === 0) return null;
  return (
    <Notice tone="warning" title={text('completeness.title', { count: lacking.length })}>
      <ul className="c-plain">
        {lacking.map(({ cell, lagMs, refusedEvents }) => (
          <li key={cell}>
            <strong>{cell}</strong>{' '}
            {lagMs === null
              ? text('completeness.never')
              : text('completeness.until', { ago: formats.ago(lagMs) })}{' '}
            {refusedEvents > 0 && text('completeness.refused', { count: refusedEvents })}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** How well each cell is known, in a line for each. */
export function CellsAnswering({ cells }: { readonly cells: readonly Completeness[] }) {
  const { text, formats } = useLanguage();
  return (
    <ul className="c-cells">
      {cells.map((cell) => (
        <li key={cell.cell}>
          <span className="c-dot" data-tone={isUpToDate(cell) ? 'success' : 'warning'} />
          <span>{cell.cell}</span>
          <span className="c-muted">
            {cell.lagMs === null
              ? text('completeness.never')
              : isUpToDate(cell)
                ? text('completeness.now')
                : text('completeness.until', { ago: formats.ago(cell.lagMs) })}
          </span>
        </li>
      ))}
    </ul>
  );
}
