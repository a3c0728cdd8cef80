import { Button } from '@commerce/ui/button';
import { Notice } from '@commerce/ui/content';
import { TextField } from '@commerce/ui/field';
import { Dialog } from '@commerce/ui/overlay';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useNavigate } from 'react-router';
import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import { read } from '../api/client.ts';
import type { EvacuationPreview } from '../api/fleet-types.ts';
import { useRequestKey } from '../api/request-key.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ProblemText, Shown } from '../shell/states.tsx';

function Preview({ preview }: { readonly preview: EvacuationPreview }) {
  const { text } = useLanguage();
  return (
    <div className="c-stack c-stack--tight">
      {preview.refusals.map(({ code, reason, alternatives }) => (
        <Notice key={code} tone="danger" title={reason}>
          {alternatives.length > 0 && text('evacuate.allowed', { cells: alternatives.join(', ') })}
        </Notice>
      ))}
      {preview.refusals.length === 0 && <Outlook preview={preview} />}
    </div>
  );
}

function Outlook({ preview }: { readonly preview: EvacuationPreview }) {
  const { text, formats } = useLanguage();
  const { size } = preview;
  return (
    <>
      {preview.warnings.map((warning) => (
        <Notice key={warning} tone="warning">
          {warning}
        </Notice>
      ))}
      <dl className="c-facts">
        {preview.targets.map(({ cell, partitions, primariesAfter, toSeed, lagVersionsMax }) => (
          <div key={cell}>
            <dt>{text('evacuate.to', { cell })}</dt>
            <dd>
              {text('evacuate.target', {
                count: partitions,
                after: primariesAfter,
                seed: toSeed,
                lag: lagVersionsMax ?? '–',
              })}
            </dd>
          </div>
        ))}
        {size !== null && (
          <div>
            <dt>{text('evacuate.size')}</dt>
            <dd>
              {text('evacuate.sizeOf', {
                customers: formats.number(size.customers),
                orders: formats.number(size.orders),
                rows: formats.number(size.rows),
              })}
            </dd>
          </div>
        )}
        <div>
          <dt>{text('evacuate.estimate')}</dt>
          <dd>{text('evacuate.seconds', { count: Math.ceil(preview.estimateMs / 1000) })}</dd>
        </div>
      </dl>
    </>
  );
}

/**
 * Shows what emptying a cell would do and does it once the cell's name was typed. The control plane works
 * at it; closing the page stops nothing.
 */
export function EvacuateDialog({
  source,
  onClose,
}: {
  readonly source: string;
  readonly onClose: () => void;
}) {
  const { text } = useLanguage();
  const form = useId();
  const navigate = useNavigate();
  const key = useRequestKey();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const preview = useQuery({
    queryKey: ['evacuation-preview', source],
    queryFn: ({ signal }) =>
      read<EvacuationPreview>('/v1/evacuations/preview', {
        method: 'POST',
        body: { source },
        signal,
      }),
    gcTime: 0,
  });
  const start = useMutation({
    mutationFn: () =>
      read<EvacuationPlan>('/v1/evacuations', {
        method: 'POST',
        key: key.read(),
        body: { source, reason },
      }),
    onSettled: (_plan, error) => key.answered(error),
    onSuccess: ({ id }) => navigate(`/evacuations/${id}`),
  });
  const isRefused = preview.data !== undefined && preview.data.refusals.length > 0;
  const mayStart = typed === source && preview.data !== undefined && !isRefused;
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={text('evacuate.title', { cell: source })}
      text={text('evacuate.text')}
      closeLabel={text('close')}
      actions={
        <>
          <Button onClick={onClose}>{text('cancel')}</Button>
          <Button
            variant="danger"
            type="submit"
            form={form}
            disabled={!mayStart}
            busy={start.isPending}
          >
            {text('evacuate.empty')}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="c-stack c-stack--tight"
        onSubmit={(event) => {
          event.preventDefault();
          if (mayStart) start.mutate();
        }}
      >
        <Shown query={preview} rows={3}>
          {(data) => <Preview preview={data} />}
        </Shown>
        {isRefused || (
          <>
            <TextField
              label={text('evacuate.reason')}
              value={reason}
              maxLength={500}
              onChange={(event) => setReason(event.target.value)}
            />
            <TextField
              label={text('evacuate.confirm', { cell: source })}
              value={typed}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setTyped(event.target.value)}
            />
          </>
        )}
        {start.error !== null && (
          <Notice tone="danger" live>
            <ProblemText error={start.error} />
          </Notice>
        )}
      </form>
    </Dialog>
  );
}
