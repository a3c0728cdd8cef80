import { describe } from 'vitest';
import { testEngine } from '../../test-engines.ts';
import { describeDirectory } from '../directory.contract.ts';
import { createDynamoDirectory } from './dynamo-directory.ts';

const endpoint = testEngine('dynamodb');

describe.runIf(endpoint !== undefined)('with a server', () => {
  describeDirectory('DynamoDB Local', {
    async start() {
      // Tables of this run's own, whatever the engine holds already.
      const tablePrefix = `contract-${process.pid}-`;
      return {
        // It makes tables on the disk, which takes a busy machine more than a second.
        connect: () => createDynamoDirectory({ endpoint, tablePrefix, requestTimeoutMs: 15_000 }),
        connectToNothing: () =>
          createDynamoDirectory({ endpoint: 'http://127.0.0.1:9', attemptsMax: 1 }),
        stop: async () => undefined,
      };
    },
  });
});
