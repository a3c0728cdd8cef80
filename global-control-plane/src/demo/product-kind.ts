import type { OptionScheme } from './options.ts';
import type { DemoText } from './texts.ts';

/** A kind of product that the demo's vendors make. Adding one is adding an entry and a silhouette. */
export interface ProductKind {
  /** Part of handles, and the name of the silhouette. */
  readonly slug: string;
  /** Handle of the main category. */
  readonly category: string;
  /** Slugs of the vendors who make it. */
  readonly vendors: readonly string[];
  /** Codes of the materials it is made of. */
  readonly materials: readonly string[];
  readonly options: OptionScheme;
  /** Cheapest and dearest price in whole euros. */
  readonly euros: readonly [min: number, max: number];
  /** Weight of the lightest and heaviest, in grams. */
  readonly grams: readonly [min: number, max: number];
  readonly nouns: DemoText;
  /** What it is good for: a sentence. */
  readonly about: DemoText;
}
