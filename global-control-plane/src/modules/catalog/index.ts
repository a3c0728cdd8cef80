/**
 * The master catalogue. Owns products, variants, categories, pictures and imports, and the change
 * feed that cells follow. It refuses, naming the field, what no cell could sell: unknown categories,
 * markets and currencies, options that don't fit, handles and SKUs in use, pictures that could run.
 *
 * Invariants: a SKU of a vendor is one variant id for ever; every change has a number, given in
 * commit order and without a gap; the feed holds the latest change of each thing and is therefore
 * the snapshot as well. Other modules put their public documents into the feed by `recordChanges`,
 * as the last act of their transaction, and announce them after the commit.
 */
export { type NewChange, recordChanges } from './changes-store.ts';
export { type CatalogFeed, createCatalogFeed } from './feed.ts';
export { registerFeedRoutes } from './feed-routes.ts';
export { registerImportRoutes } from './imports/routes.ts';
export { createImports, type Imports } from './imports/service.ts';
export { registerMediaRoutes } from './media-routes.ts';
export { createOwnProducts, type OwnProducts, type OwnVariant } from './own-products.ts';
export { readPicture } from './pictures.ts';
export { registerCatalogRoutes } from './routes.ts';
export {
  type BundleToSave,
  type CatalogService,
  type CountStock,
  createCatalogService,
  type VariantInfo,
} from './service.ts';
export { tables } from './tables.ts';
