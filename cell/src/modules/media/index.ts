/**
 * Owns: the pictures that the catalogue names, as this cell serves them.
 * Refuses: bytes that are not those that their name says, and types that are no picture.
 * Invariants: an address never changes its bytes, so answers may be cached for ever; a drawing can
 * run no script and load nothing, whoever opens it.
 */
export { registerMediaRoutes } from './routes.ts';
export { createMedia, type Media, type Picture } from './service.ts';
export { mediaTables } from './tables.ts';
