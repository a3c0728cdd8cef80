import type { Feature } from './features.ts';
import type { LineName } from './lines.ts';
import type { Material } from './materials.ts';
import { capitalize, type DemoLanguage, type DemoText, mapText } from './texts.ts';

/** What the texts of a product are about. */
export interface TextSubject {
  readonly kind: { readonly nouns: DemoText; readonly about: DemoText };
  readonly lineName: LineName;
  readonly material: Material;
  readonly series: number;
  readonly feature: Feature;
  readonly vendor: { readonly name: string; readonly city: DemoText };
}

/** How a language puts a line's name, a noun and a material together. */
const TITLES: { readonly [Language in DemoLanguage]: (parts: TitleParts) => string } = {
  en: ({ line, noun, material }) => `${line} ${noun} in ${material}`,
  de: ({ line, noun, material }) => `${noun} ${line} aus ${material}`,
  fr: ({ line, noun, material }) => `${noun} ${line} en ${material}`,
  es: ({ line, noun, material }) => `${noun} ${line} de ${material}`,
  ar: ({ line, noun, material }) => `${noun} «${line}» من ${material}`,
  ja: ({ line, noun, material }) => `${material}の${noun}「${line}」`,
};

interface TitleParts {
  readonly line: string;
  readonly noun: string;
  readonly material: string;
}

const MAKERS: { readonly [Language in DemoLanguage]: (name: string, city: string) => string } = {
  en: (name, city) => `Made by ${name} in ${city}.`,
  de: (name, city) => `Hergestellt von ${name} in ${city}.`,
  fr: (name, city) => `Fabriqué par ${name} à ${city}.`,
  es: (name, city) => `Fabricado por ${name} en ${city}.`,
  ar: (name, city) => `من صنع ${name} في ${city}.`,
  ja: (name, city) => `${city}の${name}が作りました。`,
};

/** The line's name in the script of a language. */
function lineIn(language: DemoLanguage, { lineName, series }: TextSubject): string {
  const scripts = { ar: lineName.arabic, ja: lineName.katakana };
  const name = language === 'ar' || language === 'ja' ? scripts[language] : lineName.latin;
  return series === 1 ? name : `${name} ${series}`;
}

/** Writes the title of a product in every language. */
export function nameProduct(subject: TextSubject): Record<DemoLanguage, string> {
  return mapText((language) =>
    capitalize(
      TITLES[language]({
        line: lineIn(language, subject),
        noun: subject.kind.nouns[language],
        material: subject.material.names[language],
      }),
    ),
  );
}

/** Writes the description of a product in every language: four sentences. */
export function describeProduct(subject: TextSubject): Record<DemoLanguage, string> {
  return mapText((language) =>
    [
      subject.kind.about[language],
      subject.material.about[language],
      subject.feature.about[language],
      MAKERS[language](subject.vendor.name, subject.vendor.city[language]),
    ].join(language === 'ja' ? '' : ' '),
  );
}
