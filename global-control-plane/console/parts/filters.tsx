import { Icon } from '@commerce/ui/icon';
import { type ReactNode, useEffect, useState } from 'react';
import { Link, useSearchParams } from 'react-router';

/** Typing is over when nothing came for this long. */
const TYPED_MS = 250;

/** A search field that keeps its words in the address, so that a list can be sent to somebody. */
export function SearchFilter({
  label,
  name = 'q',
}: {
  readonly label: string;
  readonly name?: string;
}) {
  const [params, setParams] = useSearchParams();
  const inAddress = params.get(name) ?? '';
  const [typed, setTyped] = useState(inAddress);
  useEffect(() => setTyped(inAddress), [inAddress]);
  useEffect(() => {
    if (typed.trim() === inAddress) return undefined;
    const timer = setTimeout(() => {
      setParams(
        (before) => {
          if (typed.trim() === '') before.delete(name);
          else before.set(name, typed.trim());
          return before;
        },
        { replace: true, preventScrollReset: true },
      );
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed, inAddress, name, setParams]);
  return (
    <label className="c-search">
      <span className="ui-visually-hidden">{label}</span>
      <Icon name="search" />
      <input
        type="search"
        className="ui-input"
        placeholder={label}
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}

export interface Choice {
  /** Value in the address; undefined for all. */
  readonly value: string | undefined;
  readonly label: ReactNode;
}

/** A few views of a list, one of them chosen. They are links: each has its address. */
export function ChoiceFilter({
  label,
  name,
  choices,
}: {
  readonly label: string;
  readonly name: string;
  readonly choices: readonly Choice[];
}) {
  const [params] = useSearchParams();
  const chosen = params.get(name) ?? undefined;
  return (
    <nav className="c-choices" aria-label={label}>
      {choices.map(({ value, label: text }) => {
        const next = new URLSearchParams(params);
        if (value === undefined) next.delete(name);
        else next.set(name, value);
        return (
          <Link
            key={value ?? ''}
            to={{ search: next.toString() }}
            replace
            preventScrollReset
            aria-current={value === chosen ? 'true' : undefined}
          >
            {text}
          </Link>
        );
      })}
    </nav>
  );
}
