import { App, Testing, type TerraformStack } from 'cdktf';
import type { FleetPlan } from '../fleet/plan.ts';
import { createCellStack } from './cell-stack.ts';
import { createGlobalStack } from './global-stack.ts';
import { createRouterStack } from './router-stack.ts';

/** A stack as Terraform reads it. */
export interface SynthesisedStack {
  readonly name: string;
  /** JSON, the same bytes each time. */
  readonly json: string;
}

/** Makes all stacks of a fleet, in memory: global first, then routers, then cells. */
export function synthesiseFleet(fleet: FleetPlan): readonly SynthesisedStack[] {
  const app = new App({ skipValidation: false });
  const stacks: readonly TerraformStack[] = [
    createGlobalStack(app, fleet),
    ...fleet.routers.map((router) => createRouterStack(app, router)),
    ...fleet.cells.map((cell) => createCellStack(app, cell)),
  ];
  return stacks.map((stack) => ({ name: stack.node.id, json: `${Testing.synth(stack, true)}\n` }));
}
