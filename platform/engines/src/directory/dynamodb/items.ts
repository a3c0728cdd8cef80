import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { WriteOutcome } from '../directory.ts';
import { KEY } from './tables.ts';

export type Item = Record<string, AttributeValue>;

/** Reads one item, consistently. */
export async function getItem(
  client: DynamoDBClient,
  table: string,
  id: string,
): Promise<Item | undefined> {
  const answer = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: { [KEY]: { S: id } },
      ConsistentRead: true,
    }),
  );
  return answer.Item;
}

/** Reads all items of a table that holds a few dozen, consistently. */
export async function scanItems(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ...(from !== undefined && { ExclusiveStartKey: from }),
      }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}

/**
 * Writes an item if its `version` is the expected one (undefined: if there is no item).
 *
 * The SDK repeats a write whose answer was lost, and the repeat of a write that did happen fails its
 * own condition. So each write carries a token of its own, and a failed condition is read back: the
 * token tells a write of ours from that of somebody else.
 */
export async function putVersioned(
  client: DynamoDBClient,
  table: string,
  item: Item & { readonly id: { readonly S: string } },
  expectedVersion: number | undefined,
): Promise<WriteOutcome> {
  const token = randomUUID();
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          ...item,
          version: { N: String((expectedVersion ?? 0) + 1) },
          writeToken: { S: token },
        },
        ...versionCondition(expectedVersion),
      }),
    );
    return 'written';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const stored = await getItem(client, table, item.id.S);
    return stored?.writeToken?.S === token ? 'written' : 'conflict';
  }
}

function versionCondition(expectedVersion: number | undefined) {
  if (expectedVersion === undefined) {
    return {
      ConditionExpression: 'attribute_not_exists(#id)',
      ExpressionAttributeNames: { '#id': KEY },
    };
  }
  return {
    ConditionExpression: '#version = :expected',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':expected': { N: String(expectedVersion) } },
  };
}

/** A string attribute that must be there. */
export function text(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new TypeError(`the item has no text ${name}`);
  return value;
}

/** A safe integer attribute that must be there. */
export function integer(item: Item, name: string): number {
  const value = Number(item[name]?.N);
  if (!Number.isSafeInteger(value)) throw new TypeError(`the item has no integer ${name}`);
  return value;
}
