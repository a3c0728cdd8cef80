import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Directory } from '../directory.ts';
import { createCellStore } from './cells.ts';
import { createClaims } from './claims.ts';
import { asDirectoryCall } from './faults.ts';
import { createPlacementStore } from './placements.ts';
import { createPlanStore } from './plans.ts';
import { ensureTables, tableNames } from './tables.ts';

export interface DynamoDirectoryOptions {
  /** Base URL of a DynamoDB; undefined: the region's own. */
  readonly endpoint?: string | undefined;
  readonly region?: string;
  /**
   * Undefined: with an endpoint of one's own a fixed dummy pair, as dynalite and DynamoDB Local take
   * any; without one the SDK's usual chain (environment, container role).
   */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly tablePrefix?: string;
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** Attempts in all, the first included. */
  readonly attemptsMax?: number;
}

const LOCAL_CREDENTIALS = Object.freeze({
  accessKeyId: 'local',
  secretAccessKey: 'local',
});

/**
 * The directory on DynamoDB, or on anything that speaks its protocol.
 * Nothing is sent before the first call; time-outs are short, since every caller can go on without.
 */
export function createDynamoDirectory(options: DynamoDirectoryOptions = {}): Directory {
  const credentials =
    options.credentials ?? (options.endpoint === undefined ? undefined : LOCAL_CREDENTIALS);
  const client = new DynamoDBClient({
    region: options.region ?? 'eu-central-1',
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    // A copy, since the SDK writes into the object it is given.
    ...(credentials !== undefined && { credentials: { ...credentials } }),
    maxAttempts: options.attemptsMax ?? 2,
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? 1_000,
      requestTimeout: options.requestTimeoutMs ?? 1_000,
      // Without it the SDK only warns when the time is up, and waits on.
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 50 },
      httpsAgent: { keepAlive: true, maxSockets: 50 },
    },
  });
  const names = tableNames(options.tablePrefix ?? 'commerce-');
  return Object.freeze({
    ensureTables: () => asDirectoryCall(() => ensureTables(client, names)),
    ...createPlacementStore(client, names.placements),
    ...createCellStore(client, names.cells),
    ...createClaims(client, names.claims),
    ...createPlanStore(client, names.plans),
    close: () => client.destroy(),
  });
}
