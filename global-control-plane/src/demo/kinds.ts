import { HOME } from './kinds-home.ts';
import { PURSUITS } from './kinds-pursuits.ts';
import { WEAR } from './kinds-wear.ts';
import type { ProductKind } from './product-kind.ts';

/** All kinds of products, in the order that the generator walks them in. */
export const KINDS: readonly ProductKind[] = [...WEAR, ...HOME, ...PURSUITS];
