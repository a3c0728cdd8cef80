import type { AnyPage } from '../page.ts';
import { accountPage, signOutPage } from './account.tsx';
import { cancelOrderPage } from './cancel-order.tsx';
import { cartPage } from './cart.tsx';
import { categoryPage } from './category.tsx';
import { checkoutPage } from './checkout.tsx';
import { homePage } from './home.tsx';
import { moveCartPage, takeCartPage } from './move-cart.tsx';
import { offlinePage } from './offline.tsx';
import { orderPage } from './order.tsx';
import { paymentPage } from './payment.tsx';
import { preferencesPage } from './preferences.tsx';
import { productPage } from './product.tsx';
import { profilePage } from './profile.tsx';
import { searchPage } from './search.tsx';
import { signInPage } from './sign-in.tsx';
import { signUpPage } from './sign-up.tsx';
import { vendorPage } from './vendor.tsx';

/** Every page of the shop. The first whose pattern fits an address answers it. */
export const PAGES: readonly AnyPage[] = [
  homePage,
  cartPage,
  takeCartPage,
  moveCartPage,
  checkoutPage,
  paymentPage,
  cancelOrderPage,
  orderPage,
  accountPage,
  signInPage,
  signUpPage,
  signOutPage,
  profilePage,
  searchPage,
  categoryPage,
  productPage,
  vendorPage,
  preferencesPage,
  offlinePage,
];
