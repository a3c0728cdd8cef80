import { unitsLeft } from '@commerce/contracts/order-units';
import { TextField } from '@commerce/ui/field';
import { useToast } from '@commerce/ui/toast';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/client.ts';
import { useRequestKey } from '../api/request-key.ts';
import type { Fulfilment, Parcel } from '../api/types.ts';
import { useText } from '../i18n/language.tsx';
import { ProblemText } from '../shell/states.tsx';
import { FormDialog } from './form-dialog.tsx';
import { UnitFields, useUnits } from './order-units.tsx';

/** Sends units of an order: all that are left, or some of them. */
export function ShipDialog({
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
  const text = useText();
  const toast = useToast();
  const key = useRequestKey();
  const lines = order.lines.filter((line) => unitsLeft(line) > 0);
  const units = useUnits(lines);
  const [carrier, setCarrier] = useState('');
  const [number, setNumber] = useState('');
  const [tried, setTried] = useState(false);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      read<Parcel>(`${path}/shipments`, {
        method: 'POST',
        key: key.read(),
        body: {
          lines: units.chosen,
          ...(carrier.trim() !== '' && { carrier: carrier.trim() }),
          ...(number.trim() !== '' && { trackingNumber: number.trim() }),
        },
      }),
    onSettled: (_answer, failure) => key.answered(failure),
    onSuccess: (parcel) => {
      const isSent = parcel.state === 'shipped';
      toast(text(isSent ? 'fulfil.sent' : 'fulfil.capturing'), { type: 'success' });
      onDone();
    },
  });
  return (
    <FormDialog
      title={text('fulfil.send')}
      hint={text('fulfil.sendText')}
      problem={error && <ProblemText error={error} />}
      submit={{ label: text('fulfil.send'), busy: isPending }}
      onSubmit={() => {
        setTried(true);
        if (units.chosen !== undefined) mutate();
      }}
      onClose={onClose}
    >
      <UnitFields lines={lines} units={units} tried={tried} />
      <TextField
        label={text('fulfil.carrier')}
        autoComplete="off"
        maxLength={60}
        value={carrier}
        onChange={(event) => setCarrier(event.target.value)}
      />
      <TextField
        label={text('fulfil.number')}
        autoComplete="off"
        maxLength={80}
        value={number}
        onChange={(event) => setNumber(event.target.value)}
      />
    </FormDialog>
  );
}
