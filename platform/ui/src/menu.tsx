import { Menu as Base } from '@base-ui/react/menu';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

export interface MenuEntry {
  readonly label: ReactNode;
  readonly icon?: IconName;
  readonly onSelect?: () => void;
  /** Goes there; in place of `onSelect`. */
  readonly href?: string;
  readonly disabled?: boolean;
  /** A line above it. */
  readonly separated?: boolean;
}

/** A button that opens a list of things to do. */
export function Menu({
  trigger,
  label,
  entries,
  triggerClassName = 'ui-button ui-button--ghost ui-button--small',
}: {
  readonly trigger: ReactNode;
  /** Name of the button where what it holds does not say it. */
  readonly label?: string;
  readonly entries: readonly MenuEntry[];
  readonly triggerClassName?: string;
}) {
  return (
    <Base.Root>
      <Base.Trigger className={triggerClassName} aria-label={label}>
        {trigger}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="end">
          <Base.Popup className="ui-menu">
            {entries.map((entry, index) => (
              <MenuRow key={index} entry={entry} />
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function MenuRow({ entry }: { readonly entry: MenuEntry }) {
  const { label, icon, onSelect, href, disabled = false, separated = false } = entry;
  const content = (
    <>
      {icon !== undefined && <Icon name={icon} />}
      {label}
    </>
  );
  return (
    <>
      {separated && <Base.Separator className="ui-menu__separator" />}
      {href === undefined ? (
        <Base.Item
          className="ui-menu__item"
          disabled={disabled}
          {...(onSelect && { onClick: onSelect })}
        >
          {content}
        </Base.Item>
      ) : (
        <Base.LinkItem className="ui-menu__item" href={href}>
          {content}
        </Base.LinkItem>
      )}
    </>
  );
}
