import { setupI18n } from '@lingui/core';
import { createContext, type ReactNode, use, useMemo } from 'react';
import type { CompiledMessages, Translate } from './i18n.ts';

/** What an island knows beside its properties. */
export interface IslandScope {
  readonly language: string;
  readonly messages: CompiledMessages;
}

const Scope = createContext<{ readonly t: Translate; readonly language: string } | undefined>(
  undefined,
);

export function IslandProvider({
  scope,
  children,
}: {
  readonly scope: IslandScope;
  readonly children: ReactNode;
}) {
  const value = useMemo(() => {
    const { language, messages } = scope;
    const i18n = setupI18n({ locale: language, messages: { [language]: messages } });
    const t: Translate = (key, values) => i18n._(key, values);
    return { t, language };
  }, [scope]);
  return <Scope value={value}>{children}</Scope>;
}

/** Texts and language inside an island. */
export function useIsland(): { readonly t: Translate; readonly language: string } {
  const value = use(Scope);
  if (value === undefined) throw new Error('this is not inside an island');
  return value;
}
