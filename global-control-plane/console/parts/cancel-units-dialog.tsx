import { unitsLeft } from '@commerce/contracts/order-units';
import { Notice } from '@commerce/ui/content';
import { useToast } from '@commerce/ui/toast';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/client.ts';
import { useRequestKey } from '../api/request-key.ts';
import type { CancelPreview, Fulfilment } from '../api/types.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ProblemText } from '../shell/states.tsx';
import { FormDialog } from './form-dialog.tsx';
import { UnitFields, useUnits } from './order-units.tsx';

/** Cancels units that can't be sent, once what the shopper gets back was looked at. */
export function CancelUnitsDialog({
  order,
  path,
  onDone,
  onClose,
}: {
  readonly order: Fulfilment;
  /** Address of the order in the API. */
  readonly path: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const { text, formats } = useLanguage();
  const toast = useToast();
  const key = useRequestKey();
  const lines = order.lines.filter((line) => unitsLeft(line) > 0);
  const units = useUnits(lines);
  const [tried, setTried] = useState(false);
  const look = useMutation({
    mutationFn: () =>
      read<CancelPreview>(`${path}/cancellations/preview`, {
        method: 'POST',
        body: { lines: units.chosen },
      }),
  });
  const seen = look.data;
  const amountMinor = seen === undefined ? 0 : seen.refundMinor + seen.releaseMinor;
  const cancel = useMutation({
    mutationFn: () =>
      read(`${path}/cancellations`, {
        method: 'POST',
        key: key.read(),
        body: { lines: units.chosen, reason: 'out-of-stock', expectedMinor: amountMinor },
      }),
    onSettled: (_answer, failure) => key.answered(failure),
    onSuccess: () => {
      toast(text('fulfil.canceled'), { type: 'success' });
      onDone();
    },
    // Somebody was faster: the next look shows what is left.
    onError: () => look.reset(),
  });
  const error = cancel.error ?? look.error;
  return (
    <FormDialog
      title={text('fulfil.cancel')}
      hint={text('fulfil.cancelText')}
      problem={error && <ProblemText error={error} />}
      submit={{
        label: text(seen === undefined ? 'fulfil.preview' : 'fulfil.cancel'),
        busy: look.isPending || cancel.isPending,
        variant: seen === undefined ? 'primary' : 'danger',
      }}
      onSubmit={() => {
        setTried(true);
        if (units.chosen === undefined) return;
        if (seen === undefined) look.mutate();
        else cancel.mutate();
      }}
      onClose={onClose}
    >
      {seen === undefined ? (
        <UnitFields lines={lines} units={units} tried={tried} />
      ) : (
        <Notice live>
          {text('fulfil.goesBack', { amount: formats.money(amountMinor, seen.currency) })}
        </Notice>
      )}
    </FormDialog>
  );
}
