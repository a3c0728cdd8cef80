import { setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { readSetting, writeSetting } from '../settings-store.ts';
import { chooseLanguage, directionOf, loadMessages, type MessageKey } from './catalogues.ts';
import { createFormats, type Formats } from './formats.ts';

export type Values = Readonly<Record<string, string | number>>;
/** The text of a message in the language of the page, with what its placeholders stand for. */
export type Text = (key: MessageKey, values?: Values) => string;

interface LanguageContext {
  readonly tag: string;
  readonly text: Text;
  readonly formats: Formats;
  readonly choose: (tag: string) => void;
}

const Context = createContext<LanguageContext | undefined>(undefined);

const SETTING = 'language';

interface Loaded {
  readonly tag: string;
  readonly text: Text;
}

async function load(tag: string): Promise<Loaded> {
  const messages = await loadMessages(tag);
  const i18n = setupI18n();
  i18n.setMessagesCompiler(compileMessage);
  i18n.load(tag, messages);
  i18n.activate(tag);
  return { tag, text: (key, values) => i18n._(key, values) };
}

/** Loads the language of the reader, and everything below shows itself in it. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [wanted, setWanted] = useState(() =>
    chooseLanguage([readSetting(SETTING) ?? '', ...navigator.languages].filter(Boolean)),
  );
  const [loaded, setLoaded] = useState<Loaded>();
  useEffect(() => {
    let stale = false;
    load(wanted)
      // Without its file, as after an update of the console, the page is still readable.
      .catch(() => load('en'))
      .then((language) => {
        if (!stale) setLoaded(language);
      })
      .catch(() => undefined);
    return () => {
      stale = true;
    };
  }, [wanted]);
  useEffect(() => {
    if (loaded === undefined) return;
    document.documentElement.lang = loaded.tag;
    document.documentElement.dir = directionOf(loaded.tag);
  }, [loaded]);
  const choose = useCallback((tag: string) => {
    writeSetting(SETTING, tag);
    setWanted(tag);
  }, []);
  const context = useMemo(
    () => loaded && { ...loaded, choose, formats: createFormats(loaded.tag) },
    [loaded, choose],
  );
  return context === undefined ? null : <Context value={context}>{children}</Context>;
}

/** The language of the page: its texts, and how it writes numbers, amounts and times. */
export function useLanguage(): LanguageContext {
  const context = use(Context);
  if (context === undefined) throw new Error('there is no LanguageProvider above');
  return context;
}

export function useText(): Text {
  return useLanguage().text;
}
