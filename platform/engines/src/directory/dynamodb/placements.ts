import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  decodePlacements,
  encodePlacements,
  type PlacementTable,
} from '@commerce/contracts/placements';
import type { Directory } from '../directory.ts';
import { asDirectoryCall, decodeItem } from './faults.ts';
import { type Item, integer, putVersioned, text } from './items.ts';
import { KEY } from './tables.ts';

type Placements = Pick<Directory, 'readPlacements' | 'createPlacements' | 'replacePlacements'>;

/** The placements part of the adapter: one item a realm, so that a flip is one atomic write. */
export function createPlacementStore(client: DynamoDBClient, table: string): Placements {
  return {
    async readPlacements(realm, { ifNewerThan } = {}) {
      return asDirectoryCall(async () => {
        // A query of one key, and not a get: it can leave out the item on the server's side.
        const answer = await client.send(
          new QueryCommand({
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: '#id = :realm',
            ...(ifNewerThan !== undefined && {
              FilterExpression: '#version > :held',
            }),
            ExpressionAttributeNames: {
              '#id': KEY,
              ...(ifNewerThan !== undefined && { '#version': 'version' }),
            },
            ExpressionAttributeValues: {
              ':realm': { S: realm },
              ...(ifNewerThan !== undefined && {
                ':held': { N: String(ifNewerThan) },
              }),
            },
          }),
        );
        const item = answer.Items?.[0];
        return item && decodeItem(`placements of ${realm}`, () => decodeTable(item));
      });
    },
    async createPlacements(placements) {
      if (placements.version !== 1) {
        throw new RangeError(`the first table of ${placements.realm} must have version 1`);
      }
      return asDirectoryCall(() => putVersioned(client, table, encodeTable(placements), undefined));
    },
    async replacePlacements(placements, expectedVersion) {
      if (placements.version !== expectedVersion + 1) {
        throw new RangeError(
          `the table that replaces version ${expectedVersion} must have the next version`,
        );
      }
      return asDirectoryCall(() =>
        putVersioned(client, table, encodeTable(placements), expectedVersion),
      );
    },
  };
}

function toList(texts: readonly string[]) {
  return { L: texts.map((text) => ({ S: text })) };
}

function fromList(item: Item, name: string): string[] {
  return (item[name]?.L ?? []).map((entry) => entry.S ?? '');
}

function encodeTable(table: PlacementTable): Item & { readonly id: { readonly S: string } } {
  const encoded = encodePlacements(table);
  return {
    id: { S: encoded.realm },
    cells: toList(encoded.cells),
    ...(encoded.plans !== undefined && { plans: toList(encoded.plans) }),
    slots: { S: encoded.slots },
  };
}

function decodeTable(item: Item): PlacementTable {
  return decodePlacements({
    realm: text(item, KEY),
    version: integer(item, 'version'),
    cells: fromList(item, 'cells'),
    ...(item.plans !== undefined && { plans: fromList(item, 'plans') }),
    slots: text(item, 'slots'),
  });
}
