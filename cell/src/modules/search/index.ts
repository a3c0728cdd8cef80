/**
 * Owns: finding products by words, facets and price, and what is suggested while one types. It
 * follows the catalogue by the numbers of its changes and keeps the search engine's index up to it.
 * Refuses: to be asked for what is true of a product. It finds ids; prices, units and texts that are
 * shown come from their owners.
 * Invariants: the index is written before the progress, and versions make writing twice harmless; a
 * product that shoppers may not see is not found.
 */
export { registerSearchRoutes } from './routes.ts';
export { createSearch, type Search } from './service.ts';
export { searchTables } from './tables.ts';
