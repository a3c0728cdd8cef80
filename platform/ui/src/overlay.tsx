import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { classNames } from './class-names.tsx';
import { Icon } from './icon.tsx';

interface OverlayProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: ReactNode;
  readonly text?: ReactNode;
  /** Name of the button that closes it. */
  readonly closeLabel: string;
  readonly children?: ReactNode;
  /** Buttons, the one that is meant last. */
  readonly actions?: ReactNode;
}

function Overlay({ className, ...props }: OverlayProps & { readonly className: string }) {
  const { open, onOpenChange, title, text, closeLabel, children, actions } = props;
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className="ui-backdrop" />
        <Base.Popup className={className}>
          <div className="ui-overlay__header">
            <Base.Title className="ui-overlay__title">{title}</Base.Title>
            <Base.Close
              className="ui-button ui-button--ghost ui-button--small ui-button--icon"
              aria-label={closeLabel}
            >
              <Icon name="close" />
            </Base.Close>
          </div>
          {text !== undefined && (
            <Base.Description className="ui-overlay__text">{text}</Base.Description>
          )}
          {children}
          {actions !== undefined && <div className="ui-overlay__actions">{actions}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Asks or tells something before one goes on. Focus goes in, stays in, and comes back. */
export function Dialog({ wide = false, ...props }: OverlayProps & { readonly wide?: boolean }) {
  return <Overlay {...props} className={classNames('ui-dialog', wide && 'ui-dialog--wide')} />;
}

/** Slides in from the side. */
export function Drawer({
  side = 'end',
  ...props
}: OverlayProps & { readonly side?: 'start' | 'end' }) {
  return (
    <Overlay
      {...props}
      className={classNames('ui-drawer', side === 'start' && 'ui-drawer--start')}
    />
  );
}
