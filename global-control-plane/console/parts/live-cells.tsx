import { Icon } from '@commerce/ui/icon';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { read } from '../api/client.ts';
import { replicationKey } from '../api/products.ts';
import type { Replication } from '../api/types.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage } from '../i18n/language.tsx';

/** While a cell is behind it is asked this often; cells take a change in within a second. */
const ASK_MS = 300;
/** Answers after which a cell that is still behind is asked less often: it is away, not slow. */
const EAGER_ANSWERS = 60;
const PATIENT_MS = 3_000;
/** Once all have it, it is looked at now and then: a cell may be restored to an earlier state. */
const SETTLED_MS = 15_000;

const isSettled = (seen: Replication): boolean =>
  seen.cells.every(({ state }) => state === 'live' || state === 'not-served');

/** In which cells the latest version of a product is; asks until it is in all of them. */
export function useReplication(productId: string | undefined) {
  return useQuery({
    queryKey: replicationKey(productId ?? ''),
    queryFn: ({ signal }) =>
      read<Replication>(`/v1/catalog/products/${productId}/replication`, { signal }),
    enabled: productId !== undefined,
    staleTime: 0,
    refetchInterval: ({ state: { data, dataUpdateCount } }) => {
      if (data !== undefined && isSettled(data)) return SETTLED_MS;
      return dataUpdateCount < EAGER_ANSWERS ? ASK_MS : PATIENT_MS;
    },
  });
}

const STATES = {
  live: ['success', 'live.yes'],
  behind: ['warning', 'live.behind'],
  unknown: ['danger', 'live.unknown'],
  'not-served': ['neutral', 'live.notServed'],
} as const satisfies Readonly<
  Record<Replication['cells'][number]['state'], readonly [string, MessageKey]>
>;

/** How long it took from saving until all cells had it, in seconds; undefined while it is not so. */
function useSecondsUntil(done: boolean, savedAtMs: number | undefined): number | undefined {
  const [took, setTook] = useState<{ readonly savedAtMs: number; readonly seconds: number }>();
  useEffect(() => {
    if (!done || savedAtMs === undefined) return;
    setTook((before) =>
      before?.savedAtMs === savedAtMs
        ? before
        : { savedAtMs, seconds: (performance.now() - savedAtMs) / 1_000 },
    );
  }, [done, savedAtMs]);
  return took !== undefined && took.savedAtMs === savedAtMs ? took.seconds : undefined;
}

/** “Live in 3 of 4 cells”, and which. */
export function LiveCells({
  seen,
  savedAtMs,
}: {
  readonly seen: Replication;
  /** When it was saved on this page, by `performance.now()`. */
  readonly savedAtMs: number | undefined;
}) {
  const { text, formats } = useLanguage();
  const done = seen.servedBy > 0 && seen.liveIn === seen.servedBy;
  const seconds = useSecondsUntil(done, savedAtMs);
  return (
    <section className="c-live" data-done={done} aria-label={text('live.label')}>
      <p className="c-live__sum" role="status">
        {done ? <Icon name="success" /> : <span className="ui-spinner" aria-hidden="true" />}
        {text('live.sum', { live: seen.liveIn, cells: seen.servedBy })}
      </p>
      <ul className="c-cells">
        {seen.cells.map(({ cell, state, lagMs }) => {
          const [tone, label] = STATES[state];
          return (
            <li key={cell} data-state={state}>
              <span className="c-dot" data-tone={tone} />
              <span>{cell}</span>
              <span className="c-muted">
                {text(label)}
                {state === 'behind' && lagMs !== null && lagMs > 0 && ` · ${formats.ago(lagMs)}`}
              </span>
            </li>
          );
        })}
      </ul>
      <p className="c-muted">
        {seconds === undefined
          ? text('live.since', { time: formats.dateTime(seen.changedAt) })
          : text('live.took', { seconds: Math.max(0.1, Math.round(seconds * 10) / 10) })}
      </p>
    </section>
  );
}
