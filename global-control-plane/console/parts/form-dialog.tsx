import { Button } from '@commerce/ui/button';
import { Notice } from '@commerce/ui/content';
import { Dialog } from '@commerce/ui/overlay';
import { type ReactNode, useId } from 'react';
import { useText } from '../i18n/language.tsx';

/** A dialog that is one form: fields, what went wrong, a way out, and the button that sends it. */
export function FormDialog({
  title,
  hint,
  problem,
  submit,
  onSubmit,
  onClose,
  children,
}: {
  readonly title: string;
  readonly hint: string;
  /** What went wrong with the last try; null or undefined: nothing. */
  readonly problem: ReactNode;
  readonly submit: {
    readonly label: string;
    readonly busy: boolean;
    readonly variant?: 'primary' | 'danger';
  };
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const text = useText();
  const form = useId();
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      text={hint}
      closeLabel={text('close')}
      actions={
        <>
          <Button onClick={onClose}>{text('cancel')}</Button>
          <Button
            variant={submit.variant ?? 'primary'}
            type="submit"
            form={form}
            busy={submit.busy}
          >
            {submit.label}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="c-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {problem !== null && problem !== undefined && (
          <Notice tone="danger" live>
            {problem}
          </Notice>
        )}
        {children}
      </form>
    </Dialog>
  );
}
