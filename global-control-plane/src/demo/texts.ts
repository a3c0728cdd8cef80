/** Languages that the demo's texts are written in. */
export const DEMO_LANGUAGES = ['en', 'de', 'fr', 'es', 'ar', 'ja'] as const;
export type DemoLanguage = (typeof DEMO_LANGUAGES)[number];

/** A text in every language of the demo. */
export type DemoText = { readonly [Language in DemoLanguage]: string };

/** Names the languages' texts in the order of `DEMO_LANGUAGES`. */
export function texts(
  en: string,
  de: string,
  fr: string,
  es: string,
  ar: string,
  ja: string,
): DemoText {
  return { en, de, fr, es, ar, ja };
}

/** The same text in every language: names of brands and sizes. */
export function sameText(text: string): DemoText {
  return texts(text, text, text, text, text, text);
}

/** Builds a text language by language. */
export function mapText(write: (language: DemoLanguage) => string): Record<DemoLanguage, string> {
  return {
    en: write('en'),
    de: write('de'),
    fr: write('fr'),
    es: write('es'),
    ar: write('ar'),
    ja: write('ja'),
  };
}

/** With its first letter in upper case, where the script has cases. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
