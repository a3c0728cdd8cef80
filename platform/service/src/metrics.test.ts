import { createTestDatabase } from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { statement } from '@commerce/engines/sql/sql';
import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

const one = statement('metrics-test.one', 'SELECT 1 AS one');
const broken = statement('metrics-test.broken', 'SELECT 1 / 0 AS nothing');

it('tells of statements by name and of gauges, with figures of the moment of asking', async () => {
  const database = await createTestDatabase();
  const sql = openPostgres({ connectionString: database.url, applicationName: 'test' });
  const metrics = createMetrics({ cell: sql });
  const roles = { primary: 3 };
  metrics.gauge('cell_partitions', 'Partitions by role.', 'role', () => roles);
  await sql.query(one);
  await sql.query(one);
  await sql.query(broken).catch(() => undefined);
  roles.primary = 4;

  const text = await metrics.render();
  expect(text).toContain('sql_statements_total{database="cell",statement="metrics-test.one"} 2');
  expect(text).toContain('sql_errors_total{database="cell",statement="metrics-test.one"} 0');
  expect(text).toContain('sql_errors_total{database="cell",statement="metrics-test.broken"} 1');
  expect(text).toMatch(/sql_seconds_total\{database="cell",statement="metrics-test\.one"\} 0\.\d+/);
  expect(text).toContain('cell_partitions{role="primary"} 4');
  expect(text).toContain('process_cpu_seconds_total');
  await sql.query(one);
  expect(await metrics.render()).toContain('statement="metrics-test.one"} 3');
  await sql.close();
  await database.drop();
});

it('keeps the figures of two processes in one test apart', async () => {
  const [first, second] = [createMetrics({}), createMetrics({})];
  first.gauge('only_here', 'One of two.', 'name', () => ({ a: 1 }));
  expect(await first.render()).toContain('only_here{name="a"} 1');
  expect(await second.render()).not.toContain('only_here');
});
