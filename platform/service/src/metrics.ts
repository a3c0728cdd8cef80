import type { Sql } from '@commerce/engines/sql/sql';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Metrics of a process in Prometheus' format: Node's own, the database's by statement, and gauges. */
export interface Metrics {
  /** Text for `/metrics`. */
  render(): Promise<string>;
  /**
   * Adds figures that are read when somebody asks for them.
   * @param read value by the value of `label`
   */
  gauge(
    name: string,
    help: string,
    label: string,
    read: () => Readonly<Record<string, number>>,
  ): void;
}

/** @param databases pools by name; their statistics become counters by statement */
export function createMetrics(databases: Readonly<Record<string, Sql>>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const statement = (
    name: string,
    help: string,
    read: (entry: { count: number; errors: number; retries: number; totalMs: number }) => number,
  ): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ['database', 'statement'],
      registers: [registry],
      collect() {
        for (const [database, sql] of Object.entries(databases)) {
          for (const [label, entry] of sql.statistics()) {
            this.set({ database, statement: label }, read(entry));
          }
        }
      },
    });
  statement('sql_statements_total', 'Runs by statement or transaction.', (entry) => entry.count);
  statement('sql_errors_total', 'Failed runs.', (entry) => entry.errors);
  statement('sql_retries_total', 'Transactions run again.', (entry) => entry.retries);
  statement('sql_seconds_total', 'Time in them.', (entry) => entry.totalMs / 1000);

  return {
    render: () => registry.metrics(),
    gauge(name, help, label, read) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          for (const [key, value] of Object.entries(read())) this.set({ [label]: key }, value);
        },
      });
    },
  };
}
