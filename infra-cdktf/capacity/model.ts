import { environment } from '../src/fleet/environments.ts';
import { planFleet } from '../src/fleet/plan.ts';
import { ASSUMPTIONS, MACHINES, PRICES, PROMISED, SHARES } from './assumptions.ts';
import type { Measured } from './measured.ts';

/** What a jurisdiction needs for its part of the load. */
export interface JurisdictionNeed {
  readonly jurisdiction: string;
  readonly share: number;
  readonly checkoutsPerSecond: number;
  /** Cells that stand there already. */
  readonly cells: number;
  /** More cells, where the pools of those are too small. */
  readonly cellsNeeded: number;
  /** Machines of each cell, so that any one may be lost. */
  readonly appNodes: number;
  readonly dataNodes: number;
  readonly routerNodes: number;
  readonly diskTib: number;
  readonly dollarsPerMonth: number;
}

export interface Capacity {
  readonly load: Load;
  readonly needs: readonly JurisdictionNeed[];
  readonly cells: number;
  readonly nodes: number;
  readonly vcpus: number;
  readonly dollarsPerMonth: number;
  readonly dollarsPerMillionOrders: number;
}

/** The promised load, in what was measured. */
export interface Load {
  readonly checkoutsPerSecond: number;
  readonly otherStatementsPerSecond: number;
  readonly readsPerSecond: number;
  readonly pagesPerSecond: number;
  /** Cores that work all the time, in the whole world, before all factors. */
  readonly cellCores: number;
  readonly databaseCores: number;
  readonly routerCores: number;
}

const MS = 1_000;
const MONTHS_PER_YEAR = 12;
const GIB = 2 ** 30;

/** Turns the promised load into what was measured, and that into cores. */
export function loadOf(measured: Measured): Load {
  const { thinkSeconds, edgeShare, pageShare, pageCpuMs } = ASSUMPTIONS;
  const checkoutsPerSecond = PROMISED.transactionsPerSecond / measured.checkoutTransactions;
  const inCheckouts = checkoutsPerSecond * measured.checkoutStatements;
  const otherStatementsPerSecond = Math.max(0, PROMISED.queriesPerSecond - inCheckouts);
  const arriving = (PROMISED.concurrentUsers / thinkSeconds) * (1 - edgeShare);
  const pagesPerSecond = arriving * pageShare;
  const readsPerSecond = arriving - pagesPerSecond;
  return {
    checkoutsPerSecond,
    otherStatementsPerSecond,
    readsPerSecond,
    pagesPerSecond,
    cellCores:
      (checkoutsPerSecond * measured.checkoutCellMs +
        readsPerSecond * measured.readCellMs +
        pagesPerSecond * pageCpuMs) /
      MS,
    databaseCores:
      (checkoutsPerSecond * measured.checkoutDatabaseMs +
        otherStatementsPerSecond * measured.statementDatabaseMs) /
      MS,
    routerCores:
      (checkoutsPerSecond * measured.checkoutRouterMs + arriving * measured.readRouterMs) / MS,
  };
}

/** The fleet that the promised load needs, and what it costs. */
export function capacityOf(measured: Measured): Capacity {
  const load = loadOf(measured);
  const fleet = planFleet(environment('production'));
  const needs = Object.entries(SHARES).map(([jurisdiction, share]) => {
    const cells = fleet.cells.filter((cell) => cell.jurisdiction === jurisdiction).length;
    const regions = fleet.routers.filter((router) => router.jurisdiction === jurisdiction).length;
    return needOf(load, jurisdiction, share, { cells, regions });
  });
  const total = (value: (need: JurisdictionNeed) => number): number =>
    needs.reduce((sum, need) => sum + value(need), 0);
  const cells = total(({ cellsNeeded }) => cellsNeeded);
  const app = total(({ appNodes, cellsNeeded }) => appNodes * cellsNeeded);
  const data = total(({ dataNodes, cellsNeeded }) => dataNodes * cellsNeeded);
  const routers = total(({ routerNodes }) => routerNodes);
  const dollarsPerMonth = total((need) => need.dollarsPerMonth) + PRICES.world;
  // By what people order, not by the peak: a fleet that is built for its peak idles most of the month.
  const orders = (PROMISED.users * ASSUMPTIONS.ordersPerUserYear) / MONTHS_PER_YEAR;
  return {
    load,
    needs,
    cells,
    nodes: app + data + routers,
    vcpus: app * MACHINES.app.vcpus + data * MACHINES.data.vcpus + routers * MACHINES.router.vcpus,
    dollarsPerMonth,
    dollarsPerMillionOrders: dollarsPerMonth / (orders / 1_000_000),
  };
}

function needOf(
  load: Load,
  jurisdiction: string,
  share: number,
  stands: { readonly cells: number; readonly regions: number },
): JurisdictionNeed {
  const { databaseFactor, standbyFactor } = ASSUMPTIONS;
  const { sizes } = environment('production');
  const appNodes = nodesFor(load.cellCores * share * standbyFactor, MACHINES.app.vcpus);
  const dataNodes = nodesFor(
    load.databaseCores * share * databaseFactor * standbyFactor,
    MACHINES.data.vcpus,
  );
  const routers = nodesFor(load.routerCores * share, MACHINES.router.vcpus);
  const cellsNeeded = Math.max(
    stands.cells,
    cellsFor(appNodes, sizes.appPool.nodesMax),
    cellsFor(dataNodes, sizes.dataPool.nodesMax),
  );
  const each = (nodes: number, least: number): number =>
    // What is left carries all when one cell is gone.
    Math.max(least, Math.ceil(nodes / (cellsNeeded - 1)));
  const perCell = {
    appNodes: each(appNodes, sizes.appPool.nodesMin),
    dataNodes: each(dataNodes, sizes.dataPool.nodesMin),
  };
  const routerNodes = Math.max(sizes.routerPool.nodesMin * stands.regions, routers + 1);
  const diskTib = diskTibFor(share);
  return {
    jurisdiction,
    share,
    checkoutsPerSecond: load.checkoutsPerSecond * share,
    cells: stands.cells,
    cellsNeeded,
    ...perCell,
    routerNodes,
    diskTib,
    dollarsPerMonth: dollarsFor(cellsNeeded, perCell, routerNodes, diskTib, stands.regions),
  };
}

/** Machines that are as busy as planned. */
function nodesFor(cores: number, vcpus: number): number {
  return Math.ceil(cores / (vcpus * ASSUMPTIONS.coresPerVcpu * ASSUMPTIONS.utilisation));
}

/** Cells of which all but one hold so many machines within their pools. */
function cellsFor(nodes: number, nodesMax: number): number {
  return Math.ceil(nodes / nodesMax) + 1;
}

function diskTibFor(share: number): number {
  const { userBytes, orderBytes, ordersPerUserYear, yearsKept, copies } = ASSUMPTIONS;
  const bytes = PROMISED.users * (userBytes + orderBytes * ordersPerUserYear * yearsKept);
  return (bytes * share * copies) / (GIB * 1_024);
}

function dollarsFor(
  cells: number,
  perCell: { readonly appNodes: number; readonly dataNodes: number },
  routerNodes: number,
  diskTib: number,
  regions: number,
): number {
  const { sizes } = environment('production');
  const system = sizes.systemPool.nodesMin * PRICES.systemNode;
  const cell =
    perCell.appNodes * PRICES.appNode +
    perCell.dataNodes * PRICES.dataNode +
    system +
    PRICES.cluster +
    PRICES.redis +
    sizes.eventHubsUnits * PRICES.eventHubsUnit +
    PRICES.unitRest;
  const routers =
    routerNodes * PRICES.routerNode +
    regions * (system + PRICES.cluster + PRICES.hub + PRICES.unitRest);
  return cells * cell + routers + diskTib * 1_024 * PRICES.diskGib;
}
