import { Button } from '@commerce/ui/button';
import { Dialog } from '@commerce/ui/overlay';
import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { useText } from '../i18n/language.tsx';

/** Asks before one leaves a page with changes that are not saved. */
export function LeaveGuard({ active }: { readonly active: boolean }) {
  const text = useText();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      active && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!active) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [active]);
  if (blocker.state !== 'blocked') return null;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) blocker.reset();
      }}
      title={text('leave.title')}
      text={text('leave.text')}
      closeLabel={text('close')}
      actions={
        <>
          <Button variant="danger" onClick={() => blocker.proceed()}>
            {text('leave.discard')}
          </Button>
          <Button variant="primary" onClick={() => blocker.reset()}>
            {text('leave.stay')}
          </Button>
        </>
      }
    />
  );
}
