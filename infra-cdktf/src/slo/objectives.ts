/** What is promised, and the alerts that follow. Expressions are Prometheus', over metrics of the deployables. */
export interface AlertRule {
  readonly name: string;
  readonly expression: string;
  /** How long it has to hold, ISO 8601. */
  readonly holds: string;
  /** 0 wakes somebody, 2 is looked at by day. */
  readonly severity: 0 | 1 | 2;
  readonly summary: string;
  /** Page below `runbooks/`. */
  readonly runbook: string;
}

/** Part of requests to a cell that are answered, and not by a fault: SCA5. */
export const AVAILABILITY_OBJECTIVE = 0.9999;

/** 95 of 100 requests are answered within this time: SCA1. A bound of the router's histogram. */
export const LATENCY_OBJECTIVE_SECONDS = 0.25;
export const LATENCY_OBJECTIVE_SHARE = 0.95;

interface BurnWindow {
  readonly long: string;
  readonly short: string;
  /** How many times faster than allowed the month's budget is used up. */
  readonly rate: number;
  readonly severity: 0 | 2;
  readonly holds: string;
}

/** Two windows for each: the long one says that it matters, the short one that it still goes on. */
const BURN_WINDOWS: readonly BurnWindow[] = [
  { long: '1h', short: '5m', rate: 14.4, severity: 0, holds: 'PT2M' },
  { long: '6h', short: '30m', rate: 6, severity: 0, holds: 'PT15M' },
  { long: '3d', short: '6h', rate: 1, severity: 2, holds: 'PT1H' },
];

/** Alerts of routers: what shoppers see of each cell. */
export function routerAlerts(): readonly AlertRule[] {
  return [
    ...BURN_WINDOWS.map((window) => availabilityAlert(window)),
    {
      name: 'answers-are-slow',
      expression:
        `sum by (cell) (rate(router_cell_duration_seconds_bucket{le="${LATENCY_OBJECTIVE_SECONDS}"}[30m]))` +
        ` / sum by (cell) (rate(router_cell_duration_seconds_count[30m])) < ${LATENCY_OBJECTIVE_SHARE}`,
      holds: 'PT10M',
      severity: 1,
      summary: `Fewer than ${LATENCY_OBJECTIVE_SHARE * 100} % of a cell's answers take less than ${LATENCY_OBJECTIVE_SECONDS * 1000} ms.`,
      runbook: 'a-part-keeps-dying.md',
    },
    {
      name: 'routing-table-is-old',
      expression: 'max(router_table_age_seconds) > 300 or min(router_table_age_seconds) < 0',
      holds: 'PT5M',
      severity: 1,
      summary:
        'Routers have not read the directory for five minutes; they serve by the last table.',
      runbook: 'cell-unreachable.md',
    },
  ];
}

function availabilityAlert({ long, short, rate, severity, holds }: BurnWindow): AlertRule {
  const budget = ((1 - AVAILABILITY_OBJECTIVE) * rate).toFixed(6);
  const failed = (window: string): string =>
    `sum by (cell) (rate(router_cell_answers_total{class="5xx"}[${window}]))` +
    ` / sum by (cell) (rate(router_cell_answers_total[${window}])) > ${budget}`;
  return {
    name: `availability-burns-${long}`,
    expression: `(${failed(long)}) and (${failed(short)})`,
    holds,
    severity,
    summary: `A cell's faults use up the month's budget ${rate} times too fast, over ${long}.`,
    runbook: 'cell-unreachable.md',
  };
}

/** Alerts of a cell about itself and its standbys. */
export function cellAlerts(): readonly AlertRule[] {
  return [
    {
      name: 'orders-without-standby',
      expression: 'max by (standby) (durability_degraded) == 1',
      holds: 'PT1M',
      severity: 0,
      summary:
        'Orders are acknowledged without their standby: the loss of the cell would lose some.',
      runbook: 'standby-lag-grows.md',
    },
    {
      name: 'standby-falls-behind',
      expression: 'max by (source) (standby_lag_ms) > 10000',
      holds: 'PT2M',
      severity: 1,
      summary: 'Copies in this cell are more than ten seconds behind their primary.',
      runbook: 'standby-lag-grows.md',
    },
    {
      name: 'catalogue-is-old',
      expression: 'max(catalog_replication_lag_ms) > 60000',
      holds: 'PT10M',
      severity: 2,
      summary: 'What shoppers see of the catalogue is more than a minute old.',
      runbook: 'stock-does-not-add-up.md',
    },
    {
      name: 'database-refuses',
      expression: 'sum(rate(sql_errors_total[5m])) / sum(rate(sql_statements_total[5m])) > 0.01',
      holds: 'PT5M',
      severity: 0,
      summary: 'More than one in a hundred statements fails at the database.',
      runbook: 'a-part-keeps-dying.md',
    },
    {
      name: 'process-is-blocked',
      expression: 'max by (pod) (nodejs_eventloop_lag_p99_seconds) > 0.25',
      holds: 'PT5M',
      severity: 1,
      summary: 'A process answers a quarter of a second late because it has too much to do.',
      runbook: 'a-part-keeps-dying.md',
    },
  ];
}

/** Alerts of the control plane: nothing of it wakes anybody, since shops go on without. */
export function controlPlaneAlerts(): readonly AlertRule[] {
  return cellAlerts().filter(({ name }) =>
    ['database-refuses', 'process-is-blocked'].includes(name),
  );
}
