import { Notice } from '@commerce/ui/content';
import { usePage } from '../page-scope.tsx';
import type { FieldFault } from './entry.ts';

/** The text of what is wrong with a field; undefined where nothing is. */
export function useFault(faults: readonly FieldFault[], field: string): string | undefined {
  const { t } = usePage();
  const fault = faults.find((entry) => entry.field === field);
  return fault && t(fault.message, fault.values);
}

/** All that is wrong, above the form, with the way to each field. It takes the focus. */
export function FaultSummary({ faults }: { readonly faults: readonly FieldFault[] }) {
  const { t } = usePage();
  if (faults.length === 0) return null;
  return (
    <div className="faults" id="faults" tabIndex={-1} autoFocus data-takes-focus="">
      <Notice tone="danger" title={t('checkout.faults', { count: faults.length })} live>
        <ul>
          {faults.map(({ field, message, values }) => (
            <li key={`${field} ${message}`}>
              <a href={`#${field}`}>{t(message, values)}</a>
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}
