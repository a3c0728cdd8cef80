import type { Static } from 'typebox';
import { expectTypeOf, test } from 'vitest';
import type * as page from '../../storefront/api-types.ts';
import type * as catalog from '../modules/catalog/schema.ts';
import type * as search from '../modules/search/schema.ts';

/**
 * Pages know the API by types of their own. Each answer of the API is one that its page can read; the
 * compiler fails here where a field was renamed or became something else.
 */
test('what the API answers is what the pages read', () => {
  expectTypeOf<catalog.ProductView>().toExtend<page.ApiProduct>();
  expectTypeOf<catalog.ProductCard>().toExtend<page.ApiCard>();
  expectTypeOf<catalog.ProductPage>().toExtend<page.ApiProductList>();
  expectTypeOf<Static<typeof catalog.CategoryList>>().toExtend<page.ApiCategories>();
  expectTypeOf<Static<typeof catalog.VendorView>>().toExtend<page.ApiVendor>();
  expectTypeOf<search.SuggestPage>().toExtend<page.ApiSuggestions>();
  expectTypeOf<search.SearchHelp>().toExtend<NonNullable<page.ApiSearch['help']>>();
  expectTypeOf<search.FacetView>().toExtend<page.ApiFacet>();
});
