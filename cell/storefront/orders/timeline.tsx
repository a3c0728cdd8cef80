import { Icon } from '@commerce/ui/icon';
import { VisuallyHidden } from '@commerce/ui/content';
import { formatDate, formatDays } from '../format.ts';
import { usePage } from '../page-scope.tsx';
import type { ApiStep } from './api-types.ts';

/** How far an order is. */
export function Timeline({
  steps,
  expected,
}: {
  readonly steps: readonly ApiStep[];
  readonly expected: { readonly from: string; readonly to: string } | null;
}) {
  const { t, locale } = usePage();
  return (
    <ol className="timeline">
      {steps.map(({ code, state, at }) => (
        <li
          key={code}
          className="timeline__step"
          data-state={state}
          aria-current={state === 'current' ? 'step' : undefined}
        >
          <span className="timeline__mark">{state === 'done' && <Icon name="check" />}</span>
          <span className="timeline__text">
            <span className="timeline__name">{t(`step.${code}`)}</span>
            <VisuallyHidden>{t(`step.${state}`)}</VisuallyHidden>
            {at !== null && (
              <time className="timeline__when" dateTime={at}>
                {formatDate(at, locale.language)}
              </time>
            )}
            {code === 'delivered' && expected !== null && (
              <span className="timeline__when">
                {t('step.expected', {
                  days: formatDays(expected.from, expected.to, locale.language),
                })}
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
