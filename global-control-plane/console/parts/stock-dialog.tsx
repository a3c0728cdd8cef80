import { Choice, TextField } from '@commerce/ui/field';
import { useToast } from '@commerce/ui/toast';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/client.ts';
import { listKey } from '../api/lists.ts';
import { isProblem } from '../api/problem.ts';
import { useRequestKey } from '../api/request-key.ts';
import type { StockRow } from '../api/types.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ProblemText } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';
import { FormDialog } from './form-dialog.tsx';

type Kind = 'count' | 'received' | 'removed';

const KINDS = {
  received: 'stock.kind.received',
  removed: 'stock.kind.removed',
  count: 'stock.kind.count',
} as const satisfies Readonly<Record<Kind, string>>;

const UNITS_MAX = 1_000_000_000;

function readUnits(typed: string, kind: Kind): number | undefined {
  if (!/^\d{1,10}$/.test(typed.trim())) return undefined;
  const units = Number(typed);
  return units > UNITS_MAX || (kind !== 'count' && units === 0) ? undefined : units;
}

function useChange(row: StockRow, onDone: () => void) {
  const { api } = useVendor();
  const queries = useQueryClient();
  const key = useRequestKey();
  return useMutation({
    mutationFn: ({ kind, units }: { readonly kind: Kind; readonly units: number }) => {
      const path = `${api}/stock/${encodeURIComponent(row.sku)}`;
      return kind === 'count'
        ? read(path, {
            method: 'PUT',
            body: { onHand: units, asOf: new Date().toISOString() },
          })
        : read(`${path}/movements`, {
            method: 'POST',
            key: key.read(),
            body: { kind, units },
          });
    },
    onSettled: (_answer, error) => key.answered(error),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: listKey(`${api}/stock`) });
      onDone();
    },
  });
}

/** Changes the units of one variant: by a delivery, a loss, or a count. */
export function StockDialog({
  row,
  onClose,
}: {
  readonly row: StockRow;
  readonly onClose: () => void;
}) {
  const { text, formats } = useLanguage();
  const toast = useToast();
  const [kind, setKind] = useState<Kind>('received');
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const { mutate, isPending, error } = useChange(row, () => {
    toast(text('stock.saved', { sku: row.sku }), { type: 'success' });
    onClose();
  });
  const units = readUnits(typed, kind);
  return (
    <FormDialog
      title={text('stock.changeOf', { sku: row.sku })}
      hint={text('stock.present', { count: row.onHand, units: formats.number(row.onHand) })}
      problem={
        error &&
        (isProblem(error, 'stale-count') ? text('stock.stale') : <ProblemText error={error} />)
      }
      submit={{ label: text('save'), busy: isPending }}
      onSubmit={() => {
        setTried(true);
        if (units !== undefined) mutate({ kind, units });
      }}
      onClose={onClose}
    >
      <fieldset className="c-radios">
        <legend>{text('stock.what')}</legend>
        {(Object.keys(KINDS) as Kind[]).map((one) => (
          <Choice
            key={one}
            type="radio"
            name="kind"
            label={text(KINDS[one])}
            checked={kind === one}
            onChange={() => setKind(one)}
          />
        ))}
      </fieldset>
      <TextField
        label={text(kind === 'count' ? 'stock.counted' : 'units')}
        hint={kind === 'count' ? text('stock.countHint') : undefined}
        inputMode="numeric"
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        error={tried && units === undefined ? text('stock.wrongUnits') : undefined}
      />
    </FormDialog>
  );
}
