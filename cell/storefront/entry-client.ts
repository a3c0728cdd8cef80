import './styles/site.css';
import { startEnhancements } from './enhance.ts';
import { startCartForms } from './enhance-cart.ts';
import { startCheckout } from './enhance-checkout.ts';
import { startIslands } from './start-islands.ts';

/** The script of every page. What it fetches later depends on what the page holds. */
startEnhancements();
startCartForms();
startCheckout();
startIslands();
