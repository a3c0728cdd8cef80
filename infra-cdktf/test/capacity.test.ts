import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ASSUMPTIONS, MACHINES, PROMISED, SHARES } from '../capacity/assumptions.ts';
import { type Measured, readBenchmarks } from '../capacity/measured.ts';
import { capacityOf, loadOf } from '../capacity/model.ts';
import { drawCapacity, renderCapacity } from '../capacity/report.ts';
import { allJurisdictions } from '../../platform/contracts/src/jurisdictions.ts';
import { environment } from '../src/fleet/environments.ts';

const at = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const figures = JSON.parse(at('infra-cdktf/capacity/figures.json')) as Measured;

test('the figures are read out of the page of benchmarks', () => {
  const measured = readBenchmarks(at('docs/benchmarks.md'));
  for (const [name, value] of Object.entries(measured)) {
    if (name !== 'on') expect(value, name).toBeGreaterThan(0);
  }
  expect(() => readBenchmarks('# Benchmarks')).toThrow('docs/benchmarks.md');
});

test('the page says what the model gives for the figures that it was made from', async () => {
  const page = at('docs/explanation/capacity.md');
  // Made anew by: npm run infra -- capacity --write
  expect(page).toContain(renderCapacity(figures));
  expect(at('docs/explanation/capacity.svg')).toBe(await drawCapacity(figures));
});

describe('the model', () => {
  test('accounts for every promised transaction and statement', () => {
    const load = loadOf(figures);
    expect(load.checkoutsPerSecond * figures.checkoutTransactions).toBeCloseTo(
      PROMISED.transactionsPerSecond,
    );
    expect(
      load.checkoutsPerSecond * figures.checkoutStatements + load.otherStatementsPerSecond,
    ).toBeCloseTo(PROMISED.queriesPerSecond);
  });

  test('gives every jurisdiction its share, and all of the load to somebody', () => {
    expect(Object.keys(SHARES).toSorted()).toEqual(
      allJurisdictions()
        .map(({ key }) => key)
        .toSorted(),
    );
    expect(Object.values(SHARES).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
  });

  test('leaves enough machines when the largest cell of a jurisdiction is gone', () => {
    const { load, needs } = capacityOf(figures);
    const { databaseFactor, standbyFactor, coresPerVcpu, utilisation } = ASSUMPTIONS;
    for (const need of needs) {
      const left = (need.cellsNeeded - 1) * need.dataNodes * MACHINES.data.vcpus * coresPerVcpu;
      const wanted = load.databaseCores * need.share * databaseFactor * standbyFactor;
      expect(left * utilisation, need.jurisdiction).toBeGreaterThanOrEqual(wanted * 0.999);
    }
  });

  test('fits the pools that the stacks allow', () => {
    const { appPool, dataPool } = environment('production').sizes;
    expect(appPool.vmSize).toBe(MACHINES.app.vmSize);
    expect(dataPool.vmSize).toBe(MACHINES.data.vmSize);
    for (const need of capacityOf(figures).needs) {
      expect(need.appNodes).toBeLessThanOrEqual(appPool.nodesMax);
      expect(need.dataNodes).toBeLessThanOrEqual(dataPool.nodesMax);
    }
  });

  test('adds cells where a checkout costs so much that pools would overflow, and money with them', () => {
    const dear = { ...figures, checkoutDatabaseMs: figures.checkoutDatabaseMs * 20 };
    const [now, then] = [capacityOf(figures), capacityOf(dear)];
    expect(then.cells).toBeGreaterThan(now.cells);
    expect(then.dollarsPerMonth).toBeGreaterThan(now.dollarsPerMonth);
  });
});
