/**
 * The HAProxy data plane: owns a HAProxy process, its configuration, its map of partitions, and what is
 * read back from it.
 *
 * It refuses to decide anything that the Node plane's code does not decide alike: what its rules don't
 * understand goes to the Node plane over a Unix socket, as do shoppers without a pin and requests that a
 * cell has refused.
 *
 * Invariants: HAProxy serves on when this process is gone, with the map that it has, and the next
 * process puts an end to it before it starts its own; a map is changed in place, and only another set of
 * cells loads the configuration anew; no secret is in a file that others may read.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CellId, SLOTS_PER_REALM } from '@commerce/contracts/ids';
import type { Logger } from '@commerce/service/logger';
import type { DataPlane } from '../data-plane.ts';
import { cellsLostBetween } from '../exchange-register.ts';
import type { RoutingTable } from '../routing-table.ts';
import type { SeenPositions } from '../seen-positions.ts';
import { listen } from '../server-sockets.ts';
import type { FoundHaproxy } from './find-haproxy.ts';
import { startHaproxy } from './haproxy-process.ts';
import { createMapKeeper } from './map-keeper.ts';
import { createPositionReader } from './position-reader.ts';
import { readCellStats } from './read-stats.ts';
import { renderConfig, renderFixedFiles } from './render-config.ts';
import { createRuntimeSocket } from './runtime-socket.ts';
import { filesIn, type HaproxyCell, type HaproxySettings } from './settings.ts';
import { endStale, noteRunning } from './stale-process.ts';

export { type FoundHaproxy, findHaproxy } from './find-haproxy.ts';

export interface HaproxyPlaneOptions
  extends Omit<HaproxySettings, 'folder' | 'positionsMax' | 'port'> {
  readonly found: FoundHaproxy;
  /** 0 takes a free port. */
  readonly port: number;
  /** Where it is noted which HAProxy runs, for the next start. */
  readonly dataFolder: string;
  readonly table: RoutingTable;
  readonly positions: SeenPositions;
  readonly logger: Logger;
  /** Makes the Node plane listen on a Unix socket, before HAProxy sends anything there. */
  readonly listenOn: (socket: string) => Promise<void>;
}

/** Room for realms that come later; a table of positions does not grow while HAProxy runs. */
const POSITIONS_MIN = 65_536;

/**
 * Starts HAProxy on the public port, with the Node plane behind it.
 * @throws StartupFault where it does not start; the error of the system where the port is taken
 */
export async function startHaproxyPlane(options: HaproxyPlaneOptions): Promise<DataPlane> {
  const { logger, found } = options;
  if (await endStale(options.dataFolder)) {
    logger.warn({}, 'a HAProxy that an earlier router left was ended');
  }
  const port = await claimPort(options.host, options.port);
  const folder = await mkdtemp(join(tmpdir(), 'router-'));
  const files = filesIn(folder);
  const settings = { ...options, port, folder, positionsMax: positionsMaxOf(options.table) };
  const runtime = createRuntimeSocket(files.runtimeSocket);
  const seen = createPositionReader(
    runtime,
    createRuntimeSocket(files.masterSocket),
    options.positions,
  );
  let cellsKey = keyOf(cellsOf(options.table));
  let config = renderConfig(settings, cellsOf(options.table));
  const writeConfig = (): Promise<void> => writeFile(files.config, `${config}\n`, { mode: 0o600 });
  const map = createMapKeeper({ path: files.partitions, runtime, table: options.table, logger });
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const [path, text] of renderFixedFiles(settings)) await writeFile(path, text);
    await writeConfig();
    await options.listenOn(files.planeSocket);
    const haproxy = await startHaproxy({
      binary: found.binary,
      files,
      runtime,
      logger,
      prepare: map.write,
      onStarted: (pid) => noteRunning(options.dataFolder, { pid, config: files.config, folder }),
    });
    let reloads = 0;
    const reload = async (table: RoutingTable): Promise<void> => {
      const next = cellsOf(table);
      const key = keyOf(next);
      // A thousand cells make a long text; most changes are of partitions alone.
      if (key === cellsKey) return;
      cellsKey = key;
      config = renderConfig(settings, next);
      await writeConfig();
      await map.write();
      const worker = await seen.collect();
      await haproxy.reload();
      seen.followLeaving(worker);
      reloads++;
    };
    let followed = options.table;
    const lost = new Set<CellId>();
    // Each would hold its shopper for as long as a cell may take to answer.
    const endLostSessions = async (): Promise<void> => {
      for (const cell of lost) {
        lost.delete(cell);
        for (const way of ['read', 'write']) {
          await runtime.ask(`shutdown sessions server ${way}.${cell}/cell`);
        }
      }
    };
    return Object.freeze<DataPlane>({
      name: 'haproxy',
      port,
      follow(table) {
        for (const cell of cellsLostBetween(followed, table)) lost.add(cell);
        followed = table;
        map.follow(table, async () => {
          await reload(table);
          await endLostSessions();
        });
      },
      settle: map.settle,
      async describe() {
        return {
          version: found.version,
          pid: haproxy.pid() ?? null,
          config: files.config,
          restarts: haproxy.restarts(),
          reloads,
          map: map.status(),
        };
      },
      observe: async () => readCellStats(await runtime.ask('show stat')),
      async collectPositions() {
        await seen.collect();
      },
      async drain(isDraining) {
        const state = isDraining ? 'draining' : 'serving';
        await writeFile(files.state, `router ${state}\n`);
        await runtime.ask(`set map ${files.state} router ${state}`);
      },
      async stop() {
        await map.stop();
        await seen.stop();
        await haproxy.stop();
        await endStale(options.dataFolder);
        await removeFolder();
      },
    });
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

function cellsOf(table: RoutingTable): HaproxyCell[] {
  return [...table.cells.values()]
    .filter(({ cell }) => cell.state !== 'retired')
    .map(({ cell: { id, url } }) => ({ id, url }));
}

function keyOf(cells: readonly HaproxyCell[]): string {
  return cells
    .map(({ id, url }) => `${id} ${url}`)
    .sort()
    .join('\n');
}

function positionsMaxOf(table: RoutingTable): number {
  const partitions = table.placements.size * SLOTS_PER_REALM;
  return Math.max(POSITIONS_MIN, partitions * 2 * availableParallelism());
}

/**
 * Finds out whether the port is free, and takes a free one for 0.
 * @throws Error EADDRINUSE, which names the port, while HAProxy's own words would not
 */
async function claimPort(host: string, port: number): Promise<number> {
  const server = createServer();
  const claimed = await listen(server, host, port);
  await new Promise((resolve) => server.close(resolve));
  return claimed;
}
