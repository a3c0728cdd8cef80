import type { CategoryDocument } from '@commerce/contracts/catalog';
import { codeOf } from './codes.ts';

/** Finds the shop's categories for what a file calls them. */

export type KnownCategory = Pick<CategoryDocument, 'handle' | 'parent' | 'names'>;

/** A category that an import makes. */
export type CategoryToMake = Omit<CategoryDocument, 'id'>;

/** Where products go whose category is not known here. */
export const FALLBACK_CATEGORY: CategoryToMake = {
  handle: 'other',
  parent: null,
  names: {
    en: 'Other',
    de: 'Sonstiges',
    fr: 'Autres',
    es: 'Otros',
    ar: 'أخرى',
    ja: 'その他',
  },
  // After the shop's own ones.
  position: 1_000_000,
};

const LEVELS_MAX = 6;

export interface CategoryMap {
  /**
   * The category of a product, by Shopify's path (`Apparel > Shirts`) and the vendor's own type; the
   * deepest level that is known wins. `unknown` is what was not found.
   */
  resolve(path: string, type: string): { readonly handle: string; readonly unknown?: string };
  /** Categories that were made for what was asked for so far and not taken yet; parents first. */
  takeMade(): readonly CategoryToMake[];
}

const levelsOf = (path: string): string[] =>
  path
    .split('>')
    .map((level) => level.trim())
    .filter((level) => level !== '')
    .slice(0, LEVELS_MAX);

/** @param fallback handle of the category of last resort @param language of the names to be made */
export function createCategoryMap(
  categories: readonly KnownCategory[],
  options: {
    readonly fallback: string;
    readonly make: boolean;
    readonly language: string;
  },
): CategoryMap {
  const byName = new Map<string, string>();
  const handles = new Set<string>();
  let made: CategoryToMake[] = [];
  const learn = ({ handle, names }: KnownCategory): void => {
    handles.add(handle);
    for (const name of [handle, ...Object.values(names)]) {
      const key = codeOf(name);
      if (!byName.has(key)) byName.set(key, handle);
    }
  };
  for (const category of categories) learn(category);

  const find = (names: readonly string[]): string | undefined =>
    names.map((name) => byName.get(codeOf(name))).find((handle) => handle !== undefined);

  /** Makes what is missing of a path, and returns the handle of its last level. */
  const makePath = (levels: readonly string[]): string => {
    let parent: string | null = null;
    for (const level of levels) {
      const known: string | undefined = byName.get(codeOf(level));
      if (known !== undefined) {
        parent = known;
        continue;
      }
      const handle: string = codeOf(level, 100);
      const category: CategoryToMake = {
        handle,
        parent,
        // A handle is English or ASCII at least; the name stands in the file's language.
        names: { [options.language]: level.slice(0, 200) },
        position: FALLBACK_CATEGORY.position - 1,
      };
      learn(category);
      made.push(category);
      parent = handle;
    }
    return parent ?? options.fallback;
  };

  return Object.freeze({
    resolve(path: string, type: string) {
      const levels = levelsOf(path);
      const ownType = type.trim();
      if (levels.length === 0 && ownType === '') return { handle: options.fallback };
      const known = find([...levels.toReversed(), ...(ownType === '' ? [] : [ownType])]);
      if (options.make) {
        const leaf = levels.at(-1) ?? ownType;
        const exact = byName.get(codeOf(leaf));
        return { handle: exact ?? makePath(levels.length > 0 ? levels : [ownType]) };
      }
      if (known !== undefined) return { handle: known };
      return { handle: options.fallback, unknown: levels.length > 0 ? path.trim() : ownType };
    },
    takeMade() {
      const taken = made;
      made = [];
      return taken;
    },
  } satisfies CategoryMap);
}
