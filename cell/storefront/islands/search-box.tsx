import { Icon } from '@commerce/ui/icon';
import { useIsland } from '../island-scope.tsx';

export interface SearchBoxProps {
  /** Where the form leads. */
  readonly action: string;
  readonly value: string;
}

/** The search of the header. */
export function SearchBox({ action, value }: SearchBoxProps) {
  const { t } = useIsland();
  return (
    <form className="search-box" action={action} role="search">
      <Icon name="search" />
      <input
        className="search-box__input"
        type="search"
        name="q"
        defaultValue={value}
        placeholder={t('search.placeholder')}
        aria-label={t('search.label')}
        maxLength={200}
        autoComplete="off"
        enterKeyHint="search"
      />
      <button className="ui-visually-hidden">{t('search.submit')}</button>
    </form>
  );
}
