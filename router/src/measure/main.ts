import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellId, Realm } from '@commerce/contracts/ids';
import { partitionAt, SLOTS_PER_REALM } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import type { VersionedCell } from '@commerce/engines/directory/directory';
import { createLogger } from '@commerce/service/logger';
import { UNLIMITED_GATEWAY } from '../gateway/settings.ts';
import { findHaproxy, startHaproxyPlane } from '../haproxy/index.ts';
import { locatePartition } from '../locate.ts';
import { createRoutingTable, type RoutingTable } from '../routing-table.ts';
import { createSeenPositions } from '../seen-positions.ts';
import { mergeReading } from '../table-reading.ts';
import { DEFAULT_UPSTREAM_LIMITS } from '../upstreams.ts';

/**
 * Measures a table as large as the largest deployment that is thought of, in this process and in a
 * HAProxy, and prints the figures as JSON. Nothing is sent to the cells of it: there are none.
 */

const REALMS = 14;
const CELLS = 1_000;
const LOOK_UPS = 2_000_000;

const realms = Array.from({ length: REALMS }, (_, index) => `r${index}` as Realm);
const cells: readonly VersionedCell[] = Array.from({ length: CELLS }, (_, index) => ({
  version: 1,
  cell: {
    id: `cell-${index}` as CellId,
    jurisdiction: `area-${index % REALMS}`,
    realm: realms[index % REALMS] as Realm,
    country: 'DE',
    location: 'nowhere',
    latitude: 0,
    longitude: 0,
    // The port of discard: whoever looks whether a cell is up finds it closed.
    url: `http://127.0.0.1:9`,
    state: 'accepting',
    weight: 100,
  },
}));

function tablesAt(version: number): PlacementTable[] {
  return realms.map((realm, realmIndex) => ({
    realm,
    version,
    placements: Array.from({ length: SLOTS_PER_REALM }, (_, slot) => ({
      primary: `cell-${(((slot + version) % 71) * REALMS + realmIndex) % CELLS}` as CellId,
      standby: undefined,
      epoch: version,
    })),
  }));
}

const round = (value: number): number => Math.round(value * 10) / 10;

function measureLookUps(table: RoutingTable): number {
  const partitions = realms.flatMap((realm) =>
    Array.from({ length: SLOTS_PER_REALM }, (_, slot) => partitionAt(realm, slot)),
  );
  let found = 0;
  // Time of the processor: what else the machine does is no part of a look-up.
  const before = process.cpuUsage();
  for (let i = 0; i < LOOK_UPS; i++) {
    const partition = partitions[(i * 7919) % partitions.length];
    if (partition !== undefined && locatePartition(table, partition) !== undefined) found++;
  }
  const { user, system } = process.cpuUsage(before);
  if (found !== LOOK_UPS) throw new Error('a partition was not found');
  return Math.round(((user + system) * 1_000) / LOOK_UPS);
}

async function measureHaproxy(first: RoutingTable, next: RoutingTable, one: RoutingTable) {
  const found = await findHaproxy();
  if ('missing' in found)
    return { haproxyUpdateMs: null, haproxyOneMs: null, haproxyStartMs: null };
  const dataFolder = await mkdtemp(join(tmpdir(), 'router-measure-'));
  const startedAt = performance.now();
  const plane = await startHaproxyPlane({
    found,
    host: '127.0.0.1',
    port: 0,
    pinSecret: 'a secret of no shopper at all',
    routedAuthKey: new Uint8Array(32),
    trustedNetworks: ['127.0.0.0/8'],
    defaultCountry: undefined,
    limits: DEFAULT_UPSTREAM_LIMITS,
    gateway: UNLIMITED_GATEWAY,
    headTimeoutMs: 10_000,
    dataFolder,
    table: first,
    positions: createSeenPositions(),
    logger: createLogger('router', 'silent'),
    // Nothing is handed to a Node plane: there are no shoppers.
    listenOn: async () => undefined,
  });
  const haproxyStartMs = round(performance.now() - startedAt);
  const follow = async (table: RoutingTable): Promise<number> => {
    const begunAt = performance.now();
    plane.follow(table);
    if (!(await plane.settle())) throw new Error('HAProxy did not take the table');
    return round(performance.now() - begunAt);
  };
  try {
    const haproxyUpdateMs = await follow(next);
    const haproxyOneMs = await follow(one);
    return { haproxyUpdateMs, haproxyOneMs, haproxyStartMs };
  } finally {
    await plane.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

const first = createRoutingTable(cells, tablesAt(1));
const lookUpNs = measureLookUps(first);
const startedAt = performance.now();
const { table: next, rejections } = mergeReading(first, {
  cells,
  placements: tablesAt(2),
  rejections: [],
});
const mergeMs = round(performance.now() - startedAt);
if (rejections.length > 0) throw new Error(`the table was refused: ${rejections[0]?.detail}`);
const [changed, ...others] = tablesAt(2);
const one = createRoutingTable(cells, [
  {
    ...(changed as PlacementTable),
    version: 3,
    placements: (changed as PlacementTable).placements.map((placement, slot) =>
      slot === 0 ? { ...placement, epoch: 3 } : placement,
    ),
  },
  ...others,
]);
const haproxy = await measureHaproxy(first, next, one);
process.stdout.write(
  `${JSON.stringify({ partitions: REALMS * SLOTS_PER_REALM, cells: CELLS, lookUpNs, mergeMs, ...haproxy })}\n`,
);
