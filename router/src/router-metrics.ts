import type { CellId } from '@commerce/contracts/ids';
import type { Rejection } from './table-rules.ts';
import type { CellObservation, DataPlaneName } from './data-plane.ts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Counts what the router does; the labels of a request are looked up once for each cell. */
export interface RouterMetrics {
  readonly registry: Registry;
  /** One answered request to a cell. */
  countAnswer(cell: CellId, status: number, durationMs: number): void;
  /** One request that the router answered itself, with a problem or by an endpoint of its own. */
  countOwn(status: number): void;
  countReplay(reason: 'partition' | 'epoch' | 'connection'): void;
  countNewPin(cell: CellId): void;
  /** Which data plane serves, and what it counted past the Node plane. Read when somebody asks. */
  takePlane(name: DataPlaneName, observations: readonly CellObservation[]): void;
}

interface CellSeries {
  readonly answers: readonly Counter.Internal[];
  readonly duration: Histogram.Internal<'cell'>;
}

/**
 * Makes the metrics in a registry of their own.
 * @param observe gauges that are read when somebody asks
 */
export function createRouterMetrics(observe: {
  readonly inFlight: () => readonly { readonly cell: CellId; readonly inFlight: number }[];
  readonly tableAgeMs: () => number | undefined;
  /** What was refused of the directory's last word. */
  readonly rejections: () => readonly Rejection[];
}): RouterMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const answers = new Counter({
    name: 'router_cell_answers_total',
    help: 'Answers of cells that went to clients, by class of their status',
    labelNames: ['cell', 'class'],
    registers,
  });
  const duration = new Histogram({
    name: 'router_cell_duration_seconds',
    help: 'Time from the head of a request to the end of its answer',
    labelNames: ['cell'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const own = new Counter({
    name: 'router_own_answers_total',
    help: 'Answers that the router gave itself, by status',
    labelNames: ['status'],
    registers,
  });
  const replays = new Counter({
    name: 'router_replays_total',
    help: 'Requests that were sent a second time, by reason',
    labelNames: ['reason'],
    registers,
  });
  const newPins = new Counter({
    name: 'router_new_pins_total',
    help: 'Shoppers put into a cell',
    labelNames: ['cell'],
    registers,
  });
  new Gauge({
    name: 'router_cell_in_flight',
    help: 'Requests under way',
    labelNames: ['cell'],
    registers,
    collect() {
      for (const { cell, inFlight } of observe.inFlight()) this.set({ cell }, inFlight);
    },
  });
  new Gauge({
    name: 'router_table_age_seconds',
    help: 'Time since the directory was last read; -1 where it never was',
    registers,
    collect() {
      const ageMs = observe.tableAgeMs();
      this.set(ageMs === undefined ? -1 : ageMs / 1000);
    },
  });

  new Gauge({
    name: 'router_table_rejected',
    help: 'Tables of the last reading that were refused, so that an older one is in use',
    labelNames: ['reason', 'realm'],
    registers,
    collect() {
      this.reset();
      for (const { reason, realm } of observe.rejections())
        this.inc({ reason, realm: realm ?? '' });
    },
  });
  const planeGauge = new Gauge({
    name: 'router_data_plane',
    help: '1 for the data plane that serves',
    labelNames: ['plane'],
    registers,
  });
  const upGauge = new Gauge({
    name: 'router_cell_up',
    help: 'Whether the data plane finds that a cell answers: 1 or 0',
    labelNames: ['cell'],
    registers,
  });
  const observedInFlight = new Gauge({
    name: 'router_plane_in_flight',
    help: 'Requests under way that the data plane carries past the Node plane',
    labelNames: ['cell'],
    registers,
  });
  /** What was counted at the last reading; a data plane that is started anew counts from nothing. */
  const counted = new Map<CellId, readonly number[]>();

  const series = new Map<CellId, CellSeries>();
  const seriesOf = (cell: CellId): CellSeries => {
    let known = series.get(cell);
    if (known === undefined) {
      known = {
        answers: [1, 2, 3, 4, 5].map((digit) => answers.labels(cell, `${digit}xx`)),
        duration: duration.labels(cell),
      };
      series.set(cell, known);
    }
    return known;
  };

  return Object.freeze({
    registry,
    countAnswer(cell: CellId, status: number, durationMs: number): void {
      const known = seriesOf(cell);
      known.answers[Math.floor(status / 100) - 1]?.inc();
      known.duration.observe(durationMs / 1000);
    },
    countOwn: (status: number) => own.inc({ status: String(status) }),
    countReplay: (reason: 'partition' | 'epoch' | 'connection') => replays.inc({ reason }),
    countNewPin: (cell: CellId) => newPins.inc({ cell }),
    takePlane(name: DataPlaneName, observations: readonly CellObservation[]): void {
      planeGauge.set({ plane: name }, 1);
      for (const { cell, isUp, inFlight, answersByClass } of observations) {
        upGauge.set({ cell }, isUp ? 1 : 0);
        observedInFlight.set({ cell }, inFlight);
        const before = counted.get(cell);
        answersByClass.forEach((count, index) => {
          const known = before?.[index] ?? 0;
          seriesOf(cell).answers[index]?.inc(count >= known ? count - known : count);
        });
        counted.set(cell, answersByClass);
      }
    },
  });
}
