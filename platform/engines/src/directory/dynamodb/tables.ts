import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { AppError } from '@commerce/contracts/problems';

/** Names of the directory's tables. */
export interface TableNames {
  readonly placements: string;
  readonly cells: string;
  readonly claims: string;
  readonly plans: string;
}

/** The tables' names below a prefix, so that two fleets may share one account. */
export function tableNames(prefix: string): TableNames {
  return Object.freeze({
    placements: `${prefix}placements`,
    cells: `${prefix}cells`,
    claims: `${prefix}claims`,
    plans: `${prefix}plans`,
  });
}

/** Every table has one string key, `id`, and no sort key: each thing is one item. */
export const KEY = 'id';

const ACTIVE_POLL_MS = 50;
const ACTIVE_DEADLINE_MS = 60_000;

/** Creates the tables that are missing and waits until all of them are active. */
export async function ensureTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  const tables = Object.values(names) as string[];
  const missing: string[] = [];
  for (const table of tables) {
    if ((await tableStatus(client, table)) !== 'ACTIVE') missing.push(table);
  }
  for (const table of missing) await createTable(client, table);
  const deadline = Date.now() + ACTIVE_DEADLINE_MS;
  for (const table of missing) {
    while ((await tableStatus(client, table)) !== 'ACTIVE') {
      if (Date.now() > deadline) {
        throw new AppError('unavailable', {
          detail: `the directory's table ${table} did not become active in time`,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, ACTIVE_POLL_MS));
    }
  }
}

async function tableStatus(client: DynamoDBClient, table: string): Promise<string | undefined> {
  try {
    const answer = await client.send(new DescribeTableCommand({ TableName: table }));
    return answer.Table?.TableStatus;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function createTable(client: DynamoDBClient, table: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: KEY, AttributeType: 'S' }],
        KeySchema: [{ AttributeName: KEY, KeyType: 'HASH' }],
      }),
    );
  } catch (error) {
    // Another process created it between our look and our attempt.
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
}
