import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cellLocation } from '@commerce/contracts/cell-locations';
import { createControlServer, type FleetControls } from './control.ts';
import {
  cellsOfFolder,
  type DataFolder,
  describeDataFolder,
  makeRoot,
  prepareDataFolder,
} from './data-folder.ts';
import { createDatabaseUnit, removeTemplate } from './database-unit.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import type { FleetOptions } from './options.ts';
import { createPartUnit, type PartPlan, pidOf, reapParts } from './part-process.ts';
import { type FleetPlan, HOST, type PartScripts, planFleet, realmsOf } from './plan.ts';
import { requireFreePorts } from './ports.ts';
import { waitForCells } from './readiness.ts';
import type { Screen } from './screen.ts';
import { ensureSecrets, type SecretFiles } from './secrets.ts';
import { createSupervisor, type RunningUnit, type Supervisor, type Unit } from './supervisor.ts';
import { ensureWebBuilt } from './web-build/ensure-built.ts';

export interface StartedFleet {
  readonly plan: FleetPlan;
  /** What the parts told of themselves when they became ready, by name. */
  readonly details: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly firstStart: boolean;
}

export interface Fleet {
  /** Starts everything, in order. Rejects with a `StartupFault` where an operator can help. */
  readonly start: () => Promise<StartedFleet>;
  /** Stops everything, in order, within 10 s; also what has started so far. */
  readonly stop: () => Promise<void>;
}

/** Together with the router's, less than the 10 s in which Ctrl-C has to have stopped everything. */
const STOP_TIMEOUTS_MS = { router: 2_000, parts: 3_500, databases: 3_000 } as const;

/** Makes the fleet that was asked for; nothing happens before its start. */
export function createFleet(asked: FleetOptions, screen: Screen, scripts?: PartScripts): Fleet {
  const folder = describeDataFolder(asked.dataDir);
  let options = asked;
  /** Parts that an operator keeps down. */
  const held = new Set<string>();
  const logs: LogFile[] = [];
  const cancel = new AbortController();
  let lock: FolderLock | undefined;
  let plan: FleetPlan | undefined;
  let stopping: Promise<void> | undefined;
  const supervisor: Supervisor = createSupervisor({
    restarts: (name) => !options.noRestart.includes(name) && !held.has(name),
    say: screen.line,
    progress: (unit, text) => screen.status(`${capitalise(unit)}: ${text}`),
  });

  function openLog(name: string): LogFile {
    const log = openLogFile(path.join(folder.logs, `${name.replaceAll(' ', '-')}.log`));
    logs.push(log);
    return log;
  }

  function databaseUnits(of: FleetPlan): readonly Unit[] {
    return of.databases.map((entry) => createDatabaseUnit(entry, openLog(entry.name), screen.line));
  }

  function partUnit(part: PartPlan): Unit {
    return createPartUnit(part, {
      log: openLog(part.name),
      processesDir: folder.processes,
      compileCacheDir: path.join(folder.cache, 'compiled'),
    });
  }

  async function prepare(): Promise<{ readonly plan: FleetPlan; readonly firstStart: boolean }> {
    await makeRoot(folder.root);
    lock = await lockFolder(folder.root);
    await reapParts(folder.processes, screen.line);
    if (options.keepsCells && !options.fresh) {
      const before = await cellsOfFolder(folder);
      options = { ...options, cells: [...new Set([...options.cells, ...before])] };
    }
    const firstStart = await prepareDataFolder(folder, options.cells, options.fresh);
    const made = await planCells(options);
    for (const part of [
      made.directory,
      made.gateway,
      made.controlPlane,
      made.router,
      ...made.cells,
    ]) {
      await mkdir(part.env['DATA_DIR'] as string, { recursive: true });
    }
    return { plan: made, firstStart };
  }

  /** Plans for the cells of the options, and writes down what others read of it. */
  async function planCells(wanted: FleetOptions): Promise<FleetPlan> {
    const secrets = await ensureSecrets(folder.secrets, realmsOf(wanted));
    const made = planFleet(wanted, folder, secrets, scripts);
    await writeWhole(
      path.join(folder.root, 'cellctl.json'),
      `${JSON.stringify(describeForCellctl(made, secrets, folder), null, 2)}\n`,
    );
    await writeWhole(made.cellsFile, `${JSON.stringify(made.descriptors, null, 2)}\n`);
    return made;
  }

  /** Starts a cell on ports after those that run; it is in no placement and holds nothing. */
  async function addCell(id: string): Promise<string | undefined> {
    if (cellLocation(id) === undefined) return undefined;
    const at = (of: FleetPlan) => of.cells.find(({ name }) => name === `cell ${id}`);
    const running = plan === undefined ? undefined : at(plan);
    if (running !== undefined) return running.url;
    const wanted = { ...options, cells: [...options.cells, id] };
    await prepareDataFolder(folder, wanted.cells, false);
    const grown = await planCells(wanted);
    const part = at(grown);
    const database = grown.databases.find(({ name }) => name === `${id} database`);
    if (part === undefined || database === undefined) return undefined;
    await mkdir(part.env['DATA_DIR'] as string, { recursive: true });
    [options, plan] = [wanted, grown];
    await supervisor.start(createDatabaseUnit(database, openLog(database.name), screen.line));
    await removeTemplate(database.templateDir);
    await supervisor.start(partUnit(part));
    screen.line(`cell ${id} runs at ${part.url}; cellctl makes it a member of its realm.`);
    return part.url;
  }

  const partsOf = (of: FleetPlan) => [
    of.directory,
    of.gateway,
    of.controlPlane,
    of.router,
    ...of.cells,
  ];
  const unitOf = (name: string): Unit | undefined => {
    const part = plan === undefined ? undefined : partsOf(plan).find((one) => one.name === name);
    if (part !== undefined) return partUnit(part);
    const database = plan?.databases.find((one) => one.name === name);
    if (database === undefined) return undefined;
    return createDatabaseUnit(database, openLog(database.name), screen.line);
  };
  const controls: FleetControls = {
    listParts: async () => {
      const all = plan === undefined ? [] : partsOf(plan);
      const parts = await Promise.all(
        all.map(async ({ name }) => ({
          name,
          pid: (await pidOf(folder.processes, name)) ?? null,
        })),
      );
      const databases = plan?.databases ?? [];
      return [
        ...parts,
        ...databases.map(({ name }) => ({ name, pid: supervisor.pidOf(name) ?? null })),
      ];
    },
    kill: async (name) => {
      const pid = await pidOf(folder.processes, name);
      if (pid === undefined) return controls.stop(name);
      held.add(name);
      process.kill(pid, 'SIGKILL');
      await supervisor.left(name);
      return true;
    },
    stop: async (name) => {
      if (unitOf(name) === undefined) return false;
      held.add(name);
      await supervisor.stop([name], STOP_TIMEOUTS_MS.databases);
      await supervisor.left(name);
      return true;
    },
    startAgain: async (name) => {
      const unit = unitOf(name);
      if (unit === undefined) return false;
      held.delete(name);
      if (!supervisor.keeps(name)) await supervisor.start(unit);
      return true;
    },
    addCell,
  };
  const control = createControlServer(controls);

  async function start(): Promise<StartedFleet> {
    screen.status('Preparing the data folder');
    const prepared = await prepare();
    const started = prepared.plan;
    plan = started;
    // Beside the databases' start; what serves pages waits for it.
    const pages =
      scripts === undefined
        ? ensureWebBuilt((site) => screen.line(`Building the ${site}.`))
        : Promise.resolve();
    pages.catch(() => undefined);
    const details = new Map<string, Readonly<Record<string, unknown>>>();
    const launch = async (unit: Unit): Promise<RunningUnit> => {
      // What a stop has begun to take down is not built up any further.
      cancel.signal.throwIfAborted();
      const unitRunning = await supervisor.start(unit);
      if (unitRunning.details !== undefined) details.set(unit.name, unitRunning.details);
      return unitRunning;
    };
    const [first, ...others] = databaseUnits(plan);
    await requireFreePortsAfterReaping(plan);
    screen.status('Starting the databases');
    const engines = [plan.directory, plan.gateway].map((part) => launch(partUnit(part)));
    // The first one initialises the template that the others copy.
    const databases = launch(first as Unit).then(() => Promise.all(others.map(launch)));
    await settleAll([...engines, databases]);
    await removeTemplate(path.join(folder.cache, 'postgres-template'));
    screen.status('Building the pages');
    await pages;
    screen.status('Starting the control plane');
    await launch(partUnit(plan.controlPlane));
    screen.status(`Starting ${plan.cells.length} cells`);
    const [firstCell, ...otherCells] = plan.cells.map(partUnit);
    // It leaves compiled code behind, which spares the others their own compilers and the memory.
    if (prepared.firstStart) await launch(firstCell as Unit);
    else otherCells.push(firstCell as Unit);
    await settleAll(otherCells.map(launch));
    screen.status('Starting the router');
    await launch(partUnit(plan.router));
    screen.status('Waiting for the cells');
    await waitForCells(plan, screen.status, cancel.signal);
    cancel.signal.throwIfAborted();
    await new Promise<void>((resolve) =>
      control.listen(Number(new URL(started.controlUrl).port), HOST, resolve),
    );
    screen.endStatus();
    return { plan: started, details, firstStart: prepared.firstStart };
  }

  async function stopInOrder(): Promise<void> {
    cancel.abort();
    control.close();
    control.closeAllConnections();
    supervisor.close();
    if (plan !== undefined) {
      const parts = [plan.directory, plan.gateway, plan.controlPlane, ...plan.cells];
      await supervisor.stop([plan.router.name], STOP_TIMEOUTS_MS.router);
      await supervisor.stop(names(parts), STOP_TIMEOUTS_MS.parts);
      await supervisor.stop(names(plan.databases), STOP_TIMEOUTS_MS.databases);
    }
    for (const log of logs) log.close();
    await lock?.release();
  }

  return Object.freeze({
    start,
    stop: () => {
      stopping ??= stopInOrder();
      return stopping;
    },
  });
}

/**
 * The databases' ports are left out where a killed fleet's servers may still be stopping: the
 * servers' own start waits for those and then reports a port that somebody else has.
 */
async function requireFreePortsAfterReaping(plan: FleetPlan): Promise<void> {
  const reaped = new Set(plan.databases.map(({ port }) => port));
  // A HAProxy that outlived its router is ended by the next router, which tells of any other listener.
  if (plan.router.env['DATA_PLANE'] === 'haproxy')
    reaped.add(Number(new URL(plan.router.url).port));
  const parts = [...plan.ports].filter(([port]) => !reaped.has(port));
  await requireFreePorts(HOST, new Map(parts));
}

/** Waits for all before it reports the first failure, so that a stop finds nothing half started. */
async function settleAll(starts: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(starts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** What `cellctl` has to know to work on this fleet; see docs/reference/cellctl.md. */
function describeForCellctl(plan: FleetPlan, secrets: SecretFiles, folder: DataFolder) {
  return {
    directoryEndpoint: plan.directory.url,
    serviceKeyFile: secrets.serviceKey,
    routers: [plan.routerAdminUrl],
    controlPlane: plan.controlPlane.url,
    stateDir: folder.part('cellctl'),
    supervisor: plan.controlUrl,
    cells: Object.fromEntries(plan.descriptors.map(({ id, url }) => [id, url])),
  };
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.partial`, text);
  await rename(`${file}.partial`, file);
}

function names(entries: readonly { readonly name: string }[]): readonly string[] {
  return entries.map(({ name }) => name);
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
