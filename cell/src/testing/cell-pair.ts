import type { AddressInfo } from 'node:net';
import { HEADERS } from '@commerce/contracts/headers';
import {
  type CellId,
  type Partition,
  type Realm,
  SLOTS_PER_REALM,
  slotOf,
} from '@commerce/contracts/ids';
import type {
  AwaitAnswer,
  FenceAnswer,
  PartitionPoint,
  RefreshAnswer,
} from '@commerce/contracts/partition-control';
import {
  CUT_CHAIN_DIGITS,
  type CutMode,
  type PlacementTable,
} from '@commerce/contracts/placements';
import { signRouted } from '@commerce/contracts/routed-auth';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { startLocalDynamoDb } from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { statement } from '@commerce/engines/sql/sql';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { createManualClock } from '@commerce/service/clock';
import type { SagaObserver } from '@commerce/service/saga';
import { request } from 'undici';
import { partitionTables } from '../database.ts';
import { readRecords } from '../partitions/change-log.ts';
import { createApplier } from '../partitions/copies/apply.ts';
import {
  type CommerceCell,
  type CommerceCellOptions,
  createSigningKey,
  startCommerceCell,
} from './commerce-cell.ts';
import { type SandboxProcess, startSandbox } from './sandbox-process.ts';

/**
 * Two cells of one jurisdiction that listen, each on a database of its own, with one directory and one
 * gateway: what a move of partitions needs, and nothing else.
 */
export const SOURCE = 'eu-de-1' as CellId;
export const TARGET = 'eu-fr-1' as CellId;
const REALM = 'eu' as Realm;
const ROUTED_KEY = new Uint8Array(32).fill(1);
const SERVICE_KEY = new Uint8Array(32).fill(3);
const RECORDS_MAX = 10_000;
export const PLAN = 'evac_test';

export interface PairedCell extends CommerceCell {
  readonly id: CellId;
  readonly url: string;
}

export interface CellPair {
  readonly source: PairedCell;
  readonly target: PairedCell;
  readonly directory: Directory;
  readonly gateway: SandboxProcess;
  readonly clock: ReturnType<typeof createManualClock>;
  /** Sends a request to a cell as a router with this epoch would. */
  route(
    cell: PairedCell,
    partition: Partition,
    epoch: number,
    request: RoutedRequest,
  ): Promise<RoutedAnswer>;
  /** Calls a cell under a service token. */
  call<Answer>(cell: PairedCell, path: string, body: object): Promise<Answer>;
  fence(cell: PairedCell, partitions: readonly Partition[], plan?: string): Promise<FenceAnswer>;
  awaitCuts(cell: PairedCell, cuts: readonly PartitionPoint[]): Promise<AwaitAnswer>;
  /** Names a new primary in the directory; the old one becomes the standby. */
  flip(cuts: readonly PartitionPoint[], to: CellId, mode?: CutMode): Promise<void>;
  refresh(cell: PairedCell): Promise<RefreshAnswer>;
  /** Applies what `from` has committed to the copies of `to`. */
  replicate(partitions: readonly Partition[], from?: PairedCell, to?: PairedCell): Promise<void>;
  /** Begins a cell again that was shut down, at the same address. */
  startAgain(
    cell: PairedCell,
    options: Pick<CommerceCellOptions, 'databaseUrl' | 'mark'>,
  ): Promise<PairedCell>;
  /** All of a planned move. */
  move(partitions: readonly Partition[], from?: PairedCell, to?: PairedCell): Promise<void>;
  stop(): Promise<void>;
}

export interface RoutedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RoutedAnswer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have many shapes
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function tableOf(source: CellId, target: CellId): PlacementTable {
  return {
    realm: REALM,
    version: 1,
    placements: Array.from({ length: SLOTS_PER_REALM }, () => ({
      primary: source,
      standby: target,
      epoch: 1,
    })),
  };
}

const followAll = statement(
  'test.follow-all',
  `INSERT INTO partition_copies (partition, follows, state, changed_at)
   SELECT partition, $1, 'following', now() FROM partitions WHERE role = 'standby'`,
);

async function writeDirectory(directory: Directory, cells: readonly PairedCell[]): Promise<void> {
  for (const { id, url } of cells) {
    await directory.putCell(
      {
        id,
        url,
        jurisdiction: 'eu',
        realm: REALM,
        country: 'DE',
        location: id,
        latitude: 50,
        longitude: 8,
        state: 'accepting',
        weight: 1,
      },
      undefined,
    );
  }
}

/** @param options.observeCheckout told of each step of a checkout at the source */
export async function startCellPair(
  options: { readonly observeCheckout?: SagaObserver } = {},
): Promise<CellPair> {
  const [database, gateway, signingKey] = await Promise.all([
    startLocalDynamoDb(),
    startSandbox(),
    createSigningKey(),
  ]);
  const directory = createDynamoDirectory({ endpoint: database.endpoint });
  await directory.ensureTables();
  const placements = tableOf(SOURCE, TARGET);
  await directory.createPlacements(placements);
  const clock = createManualClock(Date.now());

  const running = new Set<PairedCell>();
  const start = async (
    id: CellId,
    catalogue?: Pick<CommerceCell, 'vendors' | 'products'>,
    again: Pick<CommerceCellOptions, 'databaseUrl' | 'mark'> = {},
    port = 0,
  ): Promise<PairedCell> => {
    const cell = await startCommerceCell({
      ...again,
      gateway,
      id,
      clock,
      directory,
      placements,
      signingKey,
      ...(catalogue !== undefined && { catalogue }),
      ...(id === SOURCE && options),
    });
    await cell.app.listen({ port, host: '127.0.0.1' });
    const address = cell.app.server.address() as AddressInfo;
    const paired: PairedCell = {
      ...cell,
      id,
      url: `http://127.0.0.1:${address.port}`,
      async shutDown() {
        running.delete(paired);
        await cell.shutDown();
      },
    };
    running.add(paired);
    return paired;
  };
  const source = await start(SOURCE);
  const target = await start(TARGET, source);
  await writeDirectory(directory, [source, target]);
  await target.sql.query(followAll, [SOURCE]);

  const call = async <Answer>(cell: PairedCell, path: string, body: object): Promise<Answer> => {
    const answer = await fetch(`${cell.url}/internal/v1/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: signServiceCall(SERVICE_KEY, {
          caller: 'cellctl',
          audience: cell.id,
          clock,
        }),
      },
      body: JSON.stringify(body),
    });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };

  const pair: CellPair = {
    source,
    target,
    directory,
    gateway,
    clock,
    call,
    async route(cell, partition, epoch, { method, path, body, headers }) {
      const expiresAtS = Math.floor(clock.nowMs() / 1000) + 30;
      // Not fetch, which by itself sends again what was answered with 421.
      const answer = await request(`${cell.url}${path}`, {
        method: method as 'GET',
        headers: {
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          [HEADERS.routedPartition]: partition,
          [HEADERS.routedEpoch]: String(epoch),
          [HEADERS.routedAuth]: signRouted(
            { cell: cell.id, partition, epoch, expiresAtS },
            ROUTED_KEY,
          ),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
    },
    fence: (cell, partitions, plan = PLAN) =>
      call(cell, 'partitions/fence', {
        plan,
        target: cell.id === SOURCE ? TARGET : SOURCE,
        partitions,
      }),
    awaitCuts: (cell, cuts) => call(cell, 'partitions/await', { cuts, waitMs: 2_000 }),
    async flip(cuts, to, mode = 'planned') {
      const table = await directory.readPlacements(REALM);
      if (table === undefined) throw new Error('the directory is empty');
      const moved = [...table.placements];
      for (const { partition, epoch, version, chain } of cuts) {
        const standby = to === SOURCE ? TARGET : SOURCE;
        const cut = {
          plan: PLAN,
          mode,
          version: BigInt(version),
          chain: chain.slice(0, CUT_CHAIN_DIGITS),
        };
        moved[slotOf(partition as Partition)] = { primary: to, standby, epoch: epoch + 1, cut };
      }
      const next = { ...table, version: table.version + 1, placements: moved };
      const outcome = await directory.replacePlacements(next, table.version);
      if (outcome !== 'written') throw new Error('somebody else wrote the table');
    },
    refresh: (cell) => call(cell, 'placements/refresh', {}),
    async replicate(partitions, from = source, to = target) {
      const applier = createApplier(to.sql, partitionTables);
      for (const partition of partitions) {
        const [held] = await to.sql.query(versionOf, [partition]);
        await applier.apply(
          await readRecords(from.sql, partition, held?.version ?? 0n, RECORDS_MAX),
        );
      }
    },
    startAgain: (cell, options) => start(cell.id, source, options, Number(new URL(cell.url).port)),
    async move(partitions, from = source, to = target) {
      const { cuts } = await pair.fence(from, partitions);
      await pair.replicate(partitions, from, to);
      await pair.awaitCuts(to, cuts);
      await pair.flip(cuts, to.id);
      await pair.refresh(to);
      await pair.refresh(from);
    },
    async stop() {
      await Promise.all([...running].map((cell) => cell.shutDown()));
      directory.close();
      await Promise.all([database.stop(), gateway.stop()]);
    },
  };
  return pair;
}

const versionOf = statement<{ version: bigint }>(
  'test.version-of',
  'SELECT version FROM partitions WHERE partition = $1',
);
