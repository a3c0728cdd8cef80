import { VisuallyHidden } from '@commerce/ui/content';
import { Icon } from '@commerce/ui/icon';
import { Menu } from '@commerce/ui/menu';
import { useState } from 'react';
import { languageTags } from '../i18n/catalogues.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { chooseTheme, readTheme, type Theme, THEMES } from './theme.ts';

/** The name of a language in that language: whoever reads no other finds it. */
function ownName(tag: string): string {
  const name = new Intl.DisplayNames(tag, { type: 'language' }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}

export function LanguageMenu() {
  const { tag: present, text, choose } = useLanguage();
  return (
    <Menu
      trigger={
        <>
          <Icon name="globe" />
          <VisuallyHidden>{text('menu.language')}</VisuallyHidden>
          <span className="c-top__word">{ownName(present)}</span>
        </>
      }
      entries={languageTags.map((tag) => ({
        label: <span lang={tag}>{ownName(tag)}</span>,
        ...(tag === present && { icon: 'check' as const }),
        onSelect: () => choose(tag),
      }))}
    />
  );
}

const THEME_NAMES = {
  system: 'theme.system',
  light: 'theme.light',
  dark: 'theme.dark',
} as const satisfies Readonly<Record<Theme, string>>;

export function ThemeMenu() {
  const text = useText();
  const [present, setPresent] = useState(readTheme);
  return (
    <Menu
      label={text('menu.theme')}
      triggerClassName="ui-button ui-button--ghost ui-button--small ui-button--icon"
      trigger={<span className="c-theme-mark" aria-hidden="true" />}
      entries={THEMES.map((theme) => ({
        label: text(THEME_NAMES[theme]),
        ...(theme === present && { icon: 'check' as const }),
        onSelect: () => {
          chooseTheme(theme);
          setPresent(theme);
        },
      }))}
    />
  );
}
