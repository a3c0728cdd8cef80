import { Aspects, type IAspect, type TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import type { Unit } from '../fleet/plan.ts';

/** Tags of everything that can carry them; residency reports and bills are made by them. */
export function tagsOf(unit: Unit): Readonly<Record<string, string>> {
  return Object.freeze({
    platform: 'commerce',
    environment: unit.environment.name,
    unit: unit.id,
    kind: unit.kind,
    jurisdiction: unit.jurisdiction,
    'managed-by': 'infra-cdktf',
  });
}

interface Taggable extends IConstruct {
  tags: Record<string, string>;
  readonly tagsInput: Record<string, string> | undefined;
}

function isTaggable(node: IConstruct): node is Taggable {
  return 'tagsInput' in node && 'tags' in node;
}

/** Puts the unit's tags onto every resource that takes tags, those of later constructs included. */
export function tagEverything(stack: TerraformStack, unit: Unit): void {
  const aspect: IAspect = {
    visit(node) {
      if (isTaggable(node)) node.tags = { ...node.tagsInput, ...tagsOf(unit) };
    },
  };
  Aspects.of(stack).add(aspect);
}
