import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parseEvacuationPlan } from '@commerce/contracts/evacuation-plans';
import type { Directory, VersionedPlan } from '../directory.ts';
import { asDirectoryCall, decodeItem } from './faults.ts';
import { getItem, type Item, integer, putVersioned, scanItems, text } from './items.ts';

type Plans = Pick<Directory, 'listPlans' | 'readPlan' | 'putPlan'>;

/** The evacuations part of the adapter: one item an evacuation, whose body is the plan's JSON. */
export function createPlanStore(client: DynamoDBClient, table: string): Plans {
  return {
    async listPlans() {
      return asDirectoryCall(async () => {
        const plans = (await scanItems(client, table)).map(decodePlan);
        return plans.sort((a, b) => compareTexts(b.plan.createdAt, a.plan.createdAt));
      });
    },
    async readPlan(id) {
      return asDirectoryCall(async () => {
        const item = await getItem(client, table, id);
        return item && decodePlan(item);
      });
    },
    async putPlan(plan, expectedVersion) {
      const body = JSON.stringify(plan);
      // What could not be read again would stop whoever lists the evacuations.
      parseEvacuationPlan(body);
      const item = { id: { S: plan.id }, body: { S: body } };
      return asDirectoryCall(() => putVersioned(client, table, item, expectedVersion));
    },
  };
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function decodePlan(item: Item): VersionedPlan {
  return decodeItem(`evacuation ${item.id?.S ?? 'without an id'}`, () => ({
    plan: parseEvacuationPlan(text(item, 'body')),
    version: integer(item, 'version'),
  }));
}
