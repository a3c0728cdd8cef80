/**
 * Evacuations: partitions change their primary cell, planned or in an emergency, and come back. Owns
 * the plans in the directory, the derivation of their steps, and the runner. It refuses what the law,
 * the capacity or the health of cells does not allow, with what would be allowed instead.
 *
 * Invariants: the steps follow from the directory's table and from what the cells say, and from
 * nothing else (any runner may die anywhere); a primary changes by one conditional write and only at
 * a cut that the target has reached; what is fenced is flipped or released, never left (I1, I4).
 */
export { createCellControl, createControlAgent } from './cell-control.ts';
export { type EmergencyResult, type Gap, runEmergency } from './emergency.ts';
export { type CellControl, type CellControlOf, ControlFault, type RouterControl } from './ports.ts';
export { type Preview, previewEvacuation } from './preview.ts';
export type { Progress } from './progress.ts';
export { changeCell, createPlan, drainCell, undrainCell, wishState } from './requests.ts';
export { createRouterControl } from './router-control.ts';
export type { RunnerDeps, RunResult } from './run-state.ts';
export { registerEvacuationRoutes } from './routes.ts';
export { runPlan } from './runner.ts';
export { createEvacuations } from './service.ts';
export { registerFleetRoutes } from './fleet-routes.ts';
export {
  type CellSummary,
  type Placed,
  placementsOf,
  stateIn,
  summariseCell,
  type Survey,
  takeSurvey,
} from './survey.ts';
export { verifyCopies, type Verification } from './verify.ts';
