import type { Sql } from '@commerce/engines/sql/sql';

/** Metrics in Prometheus' text format: every statement by name, and the head of the feed. */
export function metricsText(sql: Sql, headSeq: bigint): string {
  const lines = [
    '# TYPE catalog_head_seq counter',
    `catalog_head_seq ${headSeq}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
  ];
  const entries = [...sql.statistics()];
  const series = [
    ['sql_statements_total', 'count', 1],
    ['sql_errors_total', 'errors', 1],
    ['sql_retries_total', 'retries', 1],
    ['sql_seconds_total', 'totalMs', 0.001],
  ] as const;
  for (const [name, field, factor] of series) {
    lines.push(`# TYPE ${name} counter`);
    for (const [statement, figures] of entries) {
      lines.push(`${name}{statement="${statement}"} ${figures[field] * factor}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
