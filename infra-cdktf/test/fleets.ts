import { environment } from '../src/fleet/environments.ts';
import { type FleetPlan, planFleet } from '../src/fleet/plan.ts';
import { type SynthesisedStack, synthesiseFleet } from '../src/stacks/synthesise.ts';

export interface TestedFleet {
  readonly fleet: FleetPlan;
  readonly stacks: readonly SynthesisedStack[];
}

const made = new Map<string, TestedFleet>();

/** An environment with its stacks, made once for each test file. */
export function testedFleet(name: string): TestedFleet {
  const known = made.get(name);
  if (known !== undefined) return known;
  const fleet = planFleet(environment(name));
  const tested = { fleet, stacks: synthesiseFleet(fleet) };
  made.set(name, tested);
  return tested;
}

type Values = Record<string, unknown>;
type Change = (
  values: Values,
  document: { resource: Record<string, Record<string, Values>> },
) => void;

/** The stacks with one resource changed, as a careless hand might. */
export function plant(
  { stacks }: TestedFleet,
  stack: string,
  resource: string,
  change: Change,
): readonly SynthesisedStack[] {
  const [type = '', name = ''] = resource.split('.');
  return stacks.map((each) => {
    if (each.name !== stack) return each;
    const document = JSON.parse(each.json) as Parameters<Change>[1];
    const values = document.resource[type]?.[name];
    if (values === undefined) throw new Error(`${stack} has no ${resource}`);
    change(values, document);
    return { name: each.name, json: JSON.stringify(document) };
  });
}
