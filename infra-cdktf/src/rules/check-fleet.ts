import type { FleetPlan } from '../fleet/plan.ts';
import type { SynthesisedStack } from '../stacks/synthesise.ts';
import { checkIdenticalCells } from './identical-cells.ts';
import { checkJurisdictions, checkStandbys } from './jurisdictions.ts';
import { checkEventKeys, checkRequiredValues } from './required-values.ts';
import { checkRights, checkSecrets, checkSecurityRules, checkTrust } from './rights.ts';
import { resourcesOf, type Violation } from './stack-json.ts';
import { checkTags, checkZones, taggableTypes } from './zones-and-tags.ts';

/** Holds a synthesised fleet against every rule. What is found here is not written, let alone deployed. */
export function checkFleet(
  fleet: FleetPlan,
  stacks: readonly SynthesisedStack[],
): readonly Violation[] {
  const resources = stacks.flatMap(resourcesOf);
  return [
    ...checkStandbys(fleet),
    ...checkJurisdictions(fleet, resources),
    ...checkRequiredValues(resources),
    ...checkEventKeys(resources),
    ...checkZones(fleet, resources),
    ...checkTags(fleet, resources, taggableTypes(resources)),
    ...checkRights(resources),
    ...checkTrust(resources),
    ...checkSecurityRules(resources),
    ...checkSecrets(resources),
    ...checkIdenticalCells(fleet, stacks),
  ];
}
