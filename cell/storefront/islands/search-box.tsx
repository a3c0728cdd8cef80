import { Icon } from '@commerce/ui/icon';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { ApiSuggestions } from '../api-types.ts';
import { useIsland } from '../island-scope.tsx';
import type { MessageKey } from '../i18n.ts';

export interface SearchBoxProps {
  /** Where the form leads. */
  readonly action: string;
  /** Address of the shop's pages in the language, such as `/de`. */
  readonly base: string;
  readonly value: string;
}

/** One line of the list, in the order that it is walked through. */
interface Suggestion {
  readonly group: 'terms' | 'categories' | 'products';
  readonly label: string;
  readonly href: string;
}

const GROUPS = ['terms', 'categories', 'products'] as const;
const GROUP_LABELS: Readonly<Record<Suggestion['group'], MessageKey>> = {
  terms: 'search.terms',
  categories: 'nav.categories',
  products: 'search.products',
};
/** A pause in typing after which suggestions are asked for. */
const PAUSE_MS = 120;
const PER_GROUP_MAX = 5;

/**
 * The search of the header: a form, and with a script a combobox with a list of suggestions, as the ARIA
 * Authoring Practices describe it. Focus stays in the field; the list is walked through by its id.
 */
export function SearchBox({ action, base, value }: SearchBoxProps) {
  const { t, language } = useIsland();
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState<string>();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const suggestions = useSuggestions(text, language, base);
  const isShown = isOpen && suggestions.length > 0;

  // What was typed before the script came is in the field already.
  useEffect(() => {
    if (document.activeElement === input.current) setText(input.current?.value ?? '');
  }, []);

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && suggestions.length > 0) {
      event.preventDefault();
      setOpen(true);
      // One place more than there are suggestions: the field itself.
      setActive((at) => ((at + 1 + step + suggestions.length + 1) % (suggestions.length + 1)) - 1);
    } else if (event.key === 'Escape' && isShown) {
      // The first closes the list, the next empties the field, as search fields do.
      event.preventDefault();
      setOpen(false);
      setActive(-1);
    } else if (event.key === 'Enter' && isShown && suggestions[active] !== undefined) {
      event.preventDefault();
      location.assign(suggestions[active].href);
    }
  }

  return (
    <form
      className="search-box"
      action={action}
      role="search"
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setOpen(false);
      }}
    >
      <Icon name="search" />
      <input
        ref={input}
        className="search-box__input"
        type="search"
        name="q"
        defaultValue={value}
        placeholder={t('search.placeholder')}
        aria-label={t('search.label')}
        maxLength={200}
        autoComplete="off"
        enterKeyHint="search"
        onFocus={({ currentTarget }) => {
          setText(currentTarget.value);
          setOpen(true);
        }}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setOpen(true);
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
        {...(text !== undefined && {
          role: 'combobox',
          'aria-autocomplete': 'list' as const,
          'aria-expanded': isShown,
          'aria-controls': listId,
          'aria-activedescendant': isShown && active >= 0 ? `${listId}-${active}` : undefined,
        })}
      />
      <button className="ui-visually-hidden">{t('search.submit')}</button>
      {text !== undefined && (
        <SuggestionList
          id={listId}
          suggestions={suggestions}
          active={active}
          isShown={isShown}
          onPoint={setActive}
        />
      )}
      <span className="ui-visually-hidden" role="status">
        {isShown && t('search.count', { count: suggestions.length })}
      </span>
    </form>
  );
}

function SuggestionList({
  id,
  suggestions,
  active,
  isShown,
  onPoint,
}: {
  readonly id: string;
  readonly suggestions: readonly Suggestion[];
  readonly active: number;
  readonly isShown: boolean;
  readonly onPoint: (index: number) => void;
}) {
  const { t } = useIsland();
  return (
    <div
      className="suggestions"
      id={id}
      role="listbox"
      aria-label={t('search.suggestions')}
      hidden={!isShown}
    >
      {GROUPS.filter((group) => suggestions.some((entry) => entry.group === group)).map((group) => (
        <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
          <p className="suggestions__label" id={`${id}-${group}`} role="presentation">
            {t(GROUP_LABELS[group])}
          </p>
          {suggestions.map((entry, index) =>
            entry.group !== group ? null : (
              <a
                key={entry.href}
                id={`${id}-${index}`}
                className="suggestions__item"
                role="option"
                aria-selected={index === active}
                href={entry.href}
                tabIndex={-1}
                onPointerEnter={() => onPoint(index)}
              >
                {entry.label}
              </a>
            ),
          )}
        </div>
      ))}
    </div>
  );
}

/** What continues the text; what came for an earlier text stays until there is something newer. */
function useSuggestions(
  text: string | undefined,
  language: string,
  base: string,
): readonly Suggestion[] {
  const [suggestions, setSuggestions] = useState<readonly Suggestion[]>([]);
  useEffect(() => {
    const typed = text?.trim() ?? '';
    const abort = new AbortController();
    const timer = setTimeout(
      () => {
        const asking =
          typed === '' ? Promise.resolve([]) : ask(typed, language, base, abort.signal);
        // Without suggestions one can still search.
        asking.then(setSuggestions, () => undefined);
      },
      typed === '' ? 0 : PAUSE_MS,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, language, base]);
  return suggestions;
}

async function ask(
  typed: string,
  language: string,
  base: string,
  signal: AbortSignal,
): Promise<readonly Suggestion[]> {
  const query = new URLSearchParams({ q: typed, language, limit: String(PER_GROUP_MAX) });
  const answer = await fetch(`/v1/search/suggest?${query.toString()}`, { signal });
  if (!answer.ok) return [];
  const { terms, categories, products } = (await answer.json()) as ApiSuggestions;
  return [
    ...terms.map((term) => ({
      group: 'terms' as const,
      label: term,
      href: `${base}/search?${new URLSearchParams({ q: term }).toString()}`,
    })),
    ...categories.map(({ handle, name }) => ({
      group: 'categories' as const,
      label: name,
      href: `${base}/categories/${handle}`,
    })),
    ...products.map(({ handle, title }) => ({
      group: 'products' as const,
      label: title,
      href: `${base}/products/${handle}`,
    })),
  ];
}
