import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { ASSUMPTIONS, MACHINES, PRICES, PROMISED } from './assumptions.ts';
import type { Measured } from './measured.ts';
import { type Capacity, capacityOf } from './model.ts';

function count(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

function share(value: number): string {
  return `${Math.round(value * 100)} %`;
}

/** The part of the page that follows from the figures, in Markdown. */
export function renderCapacity(measured: Measured): string {
  const capacity = capacityOf(measured);
  return [
    `Measured on ${measured.on}.`,
    '',
    ...loadTable(capacity, measured),
    '',
    ...needTable(capacity),
    '',
    `All together ${count(capacity.cells)} cells on ${count(capacity.nodes)} machines with ${count(capacity.vcpus)} virtual cores, for about ` +
      `${count(capacity.dollarsPerMonth / 1_000)} thousand dollars a month. At what people are assumed to order that is ` +
      `${count(capacity.dollarsPerMillionOrders)} dollars for a million orders.`,
    '',
    '### Assumptions',
    '',
    ...assumptionTable(),
  ].join('\n');
}

function loadTable({ load }: Capacity, measured: Measured): readonly string[] {
  return [
    '| at the promised load | a second | CPU-ms of a cell | CPU-ms of the database | CPU-ms of routers |',
    '| --- | ---: | ---: | ---: | ---: |',
    `| checkouts, ${measured.checkoutTransactions} transactions each | ${count(load.checkoutsPerSecond)} | ${measured.checkoutCellMs} | ${measured.checkoutDatabaseMs} | ${measured.checkoutRouterMs} |`,
    `| other statements | ${count(load.otherStatementsPerSecond)} | | ${measured.statementDatabaseMs.toFixed(3)} | |`,
    `| reads that reach a cell | ${count(load.readsPerSecond)} | ${measured.readCellMs} | | ${measured.readRouterMs} |`,
    `| pages that reach a cell | ${count(load.pagesPerSecond)} | ${ASSUMPTIONS.pageCpuMs} (assumed) | | ${measured.readRouterMs} |`,
    `| busy cores, before factors | | ${count(load.cellCores)} | ${count(load.databaseCores)} | ${count(load.routerCores)} |`,
  ];
}

function needTable({ needs }: Capacity): readonly string[] {
  return [
    '| jurisdiction | share | checkouts/s | cells now | cells needed | app machines a cell | data machines a cell | router machines | disks, TiB | dollars a month |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...needs.map(
      (need) =>
        `| ${need.jurisdiction} | ${share(need.share)} | ${count(need.checkoutsPerSecond)} | ${need.cells} | ${need.cellsNeeded} | ${need.appNodes} | ${need.dataNodes} | ${need.routerNodes} | ${count(need.diskTib)} | ${count(need.dollarsPerMonth)} |`,
    ),
  ];
}

function assumptionTable(): readonly string[] {
  const rows: readonly (readonly [string, string, string])[] = [
    ['users', count(PROMISED.users), 'promised'],
    ['at the same time', count(PROMISED.concurrentUsers), 'promised'],
    ['transactions of databases a second', count(PROMISED.transactionsPerSecond), 'promised'],
    [
      'statements a second',
      count(PROMISED.queriesPerSecond),
      'promised; those in transactions are among them',
    ],
    ['seconds between two requests of a person', String(ASSUMPTIONS.thinkSeconds), 'not measured'],
    [
      'answered by the edge',
      share(ASSUMPTIONS.edgeShare),
      'not measured; pictures and scripts are kept for ever',
    ],
    ['of the rest, rendered pages', share(ASSUMPTIONS.pageShare), 'not measured'],
    [
      'CPU-ms of a page',
      String(ASSUMPTIONS.pageCpuMs),
      'ten calls at 0.2 ms (ADR 0020) and the rendering',
    ],
    ['cores of a virtual core', String(ASSUMPTIONS.coresPerVcpu), 'two threads share a core'],
    [
      'CockroachDB against PostgreSQL',
      `${ASSUMPTIONS.databaseFactor} times`,
      'not measured; three copies, serialisable',
    ],
    ['standby', `${ASSUMPTIONS.standbyFactor} times`, 'each write is applied once more'],
    [
      'how busy machines are',
      share(ASSUMPTIONS.utilisation),
      'the rest is for peaks and lost zones',
    ],
    [
      'bytes of an order, of a user',
      `${count(ASSUMPTIONS.orderBytes)}, ${count(ASSUMPTIONS.userBytes)}`,
      'not measured',
    ],
    [
      'orders of a user in a year, years kept',
      `${ASSUMPTIONS.ordersPerUserYear}, ${ASSUMPTIONS.yearsKept}`,
      'not measured',
    ],
    [
      'copies of each byte',
      String(ASSUMPTIONS.copies),
      'three in the cell, three in the standby’s',
    ],
    [
      'app, data and router machine, dollars a month',
      `${PRICES.appNode}, ${PRICES.dataNode}, ${PRICES.routerNode}`,
      `${MACHINES.app.vmSize}, ${MACHINES.data.vmSize}, ${MACHINES.router.vmSize}; list prices, rounded`,
    ],
  ];
  return [
    '| assumption | value | where from |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ];
}

const WIDTH = 640;
const HEIGHT = 260;

/** Machines of each jurisdiction by what they are for, as SVG. */
export async function drawCapacity(measured: Measured): Promise<string> {
  const values = capacityOf(measured).needs.flatMap((need) => [
    { jurisdiction: need.jurisdiction, machines: need.appNodes * need.cellsNeeded, of: 'cells' },
    {
      jurisdiction: need.jurisdiction,
      machines: need.dataNodes * need.cellsNeeded,
      of: 'databases',
    },
    { jurisdiction: need.jurisdiction, machines: need.routerNodes, of: 'routers' },
  ]);
  const spec: TopLevelSpec = {
    width: WIDTH,
    height: HEIGHT,
    background: 'white',
    data: { values },
    mark: 'bar',
    encoding: {
      x: {
        field: 'jurisdiction',
        type: 'nominal',
        sort: '-y',
        title: 'jurisdiction',
        axis: { labelAngle: 0 },
      },
      y: { field: 'machines', type: 'quantitative', stack: 'zero', title: 'machines' },
      color: {
        field: 'of',
        type: 'nominal',
        title: 'machines of',
        scale: {
          domain: ['databases', 'cells', 'routers'],
          range: ['#1f4e79', '#5b9bd5', '#c9a227'],
        },
      },
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
