/**
 * Where partitions live. Owns the first table of each realm, written once and spread evenly, and the
 * proposals for later ones: standbys spread over a realm, primaries evened out within capacity, and
 * which partitions are hot. It refuses to replace a table that is there: primaries change by
 * evacuations, standbys by one conditional write.
 */
export {
  findHotPartitions,
  type MoveProposal,
  proposeMoves,
  proposeStandbys,
  type StandbyChange,
} from './assign.ts';
export { countPrimaries } from './count-primaries.ts';
export { createPlacementService, type PlacementService } from './service.ts';
export { registerPlacementRoutes } from './routes.ts';
