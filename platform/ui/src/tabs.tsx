import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

export interface TabEntry {
  readonly id: string;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

/** Views of one thing, of which one is seen. */
export function Tabs({
  entries,
  label,
  value,
  onChange,
}: {
  readonly entries: readonly TabEntry[];
  readonly label: string;
  /** Id of the one that is seen; left out, the tabs keep it themselves. */
  readonly value?: string;
  readonly onChange?: (id: string) => void;
}) {
  return (
    <Base.Root
      {...(value === undefined ? { defaultValue: entries[0]?.id } : { value })}
      {...(onChange && { onValueChange: (id: unknown) => onChange(String(id)) })}
    >
      <Base.List className="ui-tabs__list" aria-label={label}>
        {entries.map(({ id, label: name }) => (
          <Base.Tab key={id} value={id} className="ui-tabs__tab">
            {name}
          </Base.Tab>
        ))}
      </Base.List>
      {entries.map(({ id, content }) => (
        <Base.Panel key={id} value={id} className="ui-tabs__panel">
          {content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
