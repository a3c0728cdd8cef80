import type { AnyPage } from '../page.ts';
import { cartPage } from './cart.tsx';
import { categoryPage } from './category.tsx';
import { homePage } from './home.tsx';
import { moveCartPage, takeCartPage } from './move-cart.tsx';
import { offlinePage } from './offline.tsx';
import { preferencesPage } from './preferences.tsx';
import { productPage } from './product.tsx';
import { searchPage } from './search.tsx';
import { vendorPage } from './vendor.tsx';

/** Every page of the shop. The first whose pattern fits an address answers it. */
export const PAGES: readonly AnyPage[] = [
  homePage,
  cartPage,
  takeCartPage,
  moveCartPage,
  searchPage,
  categoryPage,
  productPage,
  vendorPage,
  preferencesPage,
  offlinePage,
];
