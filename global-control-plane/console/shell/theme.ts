import { readSetting, writeSetting } from '../settings-store.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const SETTING = 'theme';

export function readTheme(): Theme {
  const kept = readSetting(SETTING);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

/** Shows the pages in the theme that was chosen, or in the system's. */
export function applyTheme(theme = readTheme()): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
}

export function chooseTheme(theme: Theme): void {
  writeSetting(SETTING, theme);
  applyTheme(theme);
}
