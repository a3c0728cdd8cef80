/**
 * Owns: the cell's copy of the master catalogue (products, variants, categories, vendors) and the
 * pages made from it.
 * Refuses: any change that does not come from the feed. Vendors edit the master, in the control plane.
 * Invariants: a batch and its cursor commit together; an older change never replaces a newer one;
 * what is cached is forgotten in the same turn in which its change commits; shoppers see active
 * products of active vendors only.
 */
export type { ChangeApplier } from './apply.ts';
export type {
  CatalogChanged,
  Category,
  OptionLabel,
  ReplicationState,
  SellableVariant,
  StoredProduct,
  TouchedProduct,
} from './documents.ts';
export { registerCatalogRoutes } from './routes.ts';
export { ProductCard, TaxView } from './schema.ts';
export { sendPage } from './send-page.ts';
export { type Catalog, createCatalog } from './service.ts';
export { createShop, type Shop } from './shop.ts';
export { type ShopContext, ShopQuery } from './shop-context.ts';
export { catalogTables } from './tables.ts';
