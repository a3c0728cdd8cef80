import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import {
  assertClaimKey,
  type Claim,
  type ClaimKey,
  type ClaimReservation,
  type Directory,
} from '../directory.ts';
import { asDirectoryCall, decodeItem } from './faults.ts';
import { getItem, type Item, text } from './items.ts';
import { KEY } from './tables.ts';

type Claims = Pick<Directory, 'reserveClaim' | 'confirmClaim' | 'releaseClaim' | 'lookUpClaim'>;

/** A claim that goes between our write and our read-back lets us try again, this often at most. */
const RESERVE_ATTEMPTS_MAX = 4;

/** The claims part of the adapter: one item for each name. */
export function createClaims(client: DynamoDBClient, table: string): Claims {
  const read = async (key: ClaimKey): Promise<Claim | undefined> => {
    const item = await getItem(client, table, claimId(key));
    return item && decodeItem(`claim of kind ${key.kind}`, () => decodeClaim(item));
  };

  const reserve = async (
    reservation: ClaimReservation,
  ): Promise<'reserved' | { readonly taken: Claim }> => {
    for (let attempt = 0; attempt < RESERVE_ATTEMPTS_MAX; attempt++) {
      if (await whetherConditionHeld(client.send(reserveCommand(table, reservation)))) {
        return 'reserved';
      }
      const taken = await read(reservation);
      if (taken !== undefined) return { taken };
    }
    throw new AppError('unavailable', {
      detail: 'the claim changes hands too fast',
      retryAfterS: 1,
    });
  };

  return {
    async reserveClaim(reservation) {
      assertClaimKey(reservation);
      if (!Number.isSafeInteger(reservation.leaseMs) || reservation.leaseMs <= 0) {
        throw new RangeError('a lease is a positive number of milliseconds');
      }
      return asDirectoryCall(() => reserve(reservation));
    },
    async confirmClaim(key, owner) {
      assertClaimKey(key);
      return asDirectoryCall(async () => {
        const held = await whetherConditionHeld(client.send(confirmCommand(table, key, owner)));
        return held ? 'confirmed' : 'lost';
      });
    },
    async releaseClaim(key, owner) {
      assertClaimKey(key);
      return asDirectoryCall(async () => {
        const held = await whetherConditionHeld(client.send(releaseCommand(table, key, owner)));
        return held ? 'released' : 'not-owner';
      });
    },
    async lookUpClaim(key) {
      assertClaimKey(key);
      return asDirectoryCall(() => read(key));
    },
  };
}

function claimId(key: ClaimKey): string {
  return `${key.kind}#${key.hash}`;
}

function decodeClaim(item: Item): Claim {
  const state = text(item, 'claimState');
  if (state !== 'reserved' && state !== 'confirmed') {
    throw new TypeError(`a claim has no state ${state}`);
  }
  return Object.freeze({
    owner: text(item, 'claimOwner'),
    partition: item.homePartition?.S as Partition | undefined,
    state,
    leaseEndsAtMs: item.leaseEndsAtMs === undefined ? undefined : Number(item.leaseEndsAtMs.N),
  });
}

function reserveCommand(table: string, reservation: ClaimReservation): PutItemCommand {
  return new PutItemCommand({
    TableName: table,
    Item: {
      [KEY]: { S: claimId(reservation) },
      claimOwner: { S: reservation.owner },
      claimState: { S: 'reserved' },
      leaseEndsAtMs: { N: String(reservation.nowMs + reservation.leaseMs) },
      ...(reservation.partition !== undefined && {
        homePartition: { S: reservation.partition },
      }),
    },
    ConditionExpression:
      'attribute_not_exists(#id) OR (claimState = :reserved AND ' +
      '(claimOwner = :owner OR leaseEndsAtMs <= :now))',
    ExpressionAttributeNames: { '#id': KEY },
    ExpressionAttributeValues: {
      ':reserved': { S: 'reserved' },
      ':owner': { S: reservation.owner },
      ':now': { N: String(reservation.nowMs) },
    },
  });
}

function confirmCommand(table: string, key: ClaimKey, owner: string): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName: table,
    Key: { [KEY]: { S: claimId(key) } },
    UpdateExpression: 'SET claimState = :confirmed REMOVE leaseEndsAtMs',
    ConditionExpression: 'claimOwner = :owner',
    ExpressionAttributeValues: {
      ':confirmed': { S: 'confirmed' },
      ':owner': { S: owner },
    },
  });
}

function releaseCommand(table: string, key: ClaimKey, owner: string): DeleteItemCommand {
  return new DeleteItemCommand({
    TableName: table,
    Key: { [KEY]: { S: claimId(key) } },
    ConditionExpression: 'attribute_not_exists(#id) OR claimOwner = :owner',
    ExpressionAttributeNames: { '#id': KEY },
    ExpressionAttributeValues: { ':owner': { S: owner } },
  });
}

async function whetherConditionHeld(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
