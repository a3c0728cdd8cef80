import type { IconName } from '@commerce/ui/icon';
import type { MessageKey } from '../i18n/catalogues.ts';

/**
 * What the side bar offers, by role. A page is one entry here and one route in `routes.tsx`.
 */
export interface NavigationEntry {
  /** Path below the base of the section: of the vendor, or of the console itself. */
  readonly path: string;
  readonly icon: IconName;
  readonly label: MessageKey;
}

/** Pages of one vendor, for its staff and for operators who look after it. */
export const VENDOR_PAGES: readonly NavigationEntry[] = [
  { path: 'overview', icon: 'chart', label: 'nav.overview' },
  { path: 'products', icon: 'box', label: 'nav.products' },
  { path: 'stock', icon: 'store', label: 'nav.stock' },
  { path: 'orders', icon: 'receipt', label: 'nav.orders' },
  { path: 'imports', icon: 'upload', label: 'nav.imports' },
  { path: 'settings', icon: 'settings', label: 'nav.settings' },
];

/** Pages of the platform's operators. */
export const OPERATOR_PAGES: readonly NavigationEntry[] = [
  { path: 'vendors', icon: 'user', label: 'nav.vendors' },
  { path: 'cells', icon: 'globe', label: 'nav.cells' },
  { path: 'evacuations', icon: 'truck', label: 'nav.evacuations' },
  { path: 'audit', icon: 'lock', label: 'nav.audit' },
];
