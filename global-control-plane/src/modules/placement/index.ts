/**
 * Where partitions live. Owns the first table of each realm, written once and spread evenly; later
 * changes are moves of partitions, which go through the directory's conditional writes. It never
 * replaces a table that is there: a cell that joins a realm gets partitions by evacuation only.
 */
export { countPrimaries } from './count-primaries.ts';
export { createPlacementService, type PlacementService } from './service.ts';
export { registerPlacementRoutes } from './routes.ts';
