import { createHash } from 'node:crypto';

/** Makes handles and codes out of what people write. */

const REPLACED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

const HASH_CHARS = 10;
const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARS);

/**
 * Lower-case words joined by hyphens; the same text always gives the same code. A text without a Latin
 * letter or digit gets a code made of its hash, as codes are ASCII.
 */
export function codeOf(text: string, charsMax = 60): string {
  const slug = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[ßæœøłđðþı]/g, (letter) => REPLACED[letter] ?? '')
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (slug === '') return `x-${hashOf(text)}`;
  if (slug.length <= charsMax) return slug;
  return `${slug.slice(0, charsMax - HASH_CHARS - 1).replace(/-+$/, '')}-${hashOf(text)}`;
}

/** Gives texts codes that differ where the texts differ: `A` and `A+` are not one value. */
export function createCodes(): (text: string) => string {
  const textByCode = new Map<string, string>();
  return (text) => {
    const plain = codeOf(text);
    const holder = textByCode.get(plain);
    const code =
      holder === undefined || holder === text ? plain : `${codeOf(text, 49)}-${hashOf(text)}`;
    textByCode.set(code, text);
    return code;
  };
}
