import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  AVAILABILITY_OBJECTIVE,
  cellAlerts,
  controlPlaneAlerts,
  LATENCY_OBJECTIVE_SECONDS,
  routerAlerts,
} from '../src/slo/objectives.ts';
import { resourcesOf } from '../src/rules/stack-json.ts';
import { testedFleet } from './fleets.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ALERTS = [...routerAlerts(), ...cellAlerts(), ...controlPlaneAlerts()];

/** Suffixes that Prometheus gives to the series of a histogram. */
const SERIES = /_(?:bucket|count|sum)$/;

function metricsIn(expression: string): readonly string[] {
  const words = expression.replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '').match(/[a-z][a-z0-9_]*/g) ?? [];
  const language = new Set(['sum', 'max', 'min', 'by', 'rate', 'and', 'or']);
  const labels = new Set(['cell', 'standby', 'source', 'pod']);
  return words.filter((word) => !language.has(word) && !labels.has(word));
}

function sources(pattern: string): string {
  return globSync(pattern, { cwd: ROOT })
    .filter((file) => !file.includes('.test.'))
    .map((file) => readFileSync(`${ROOT}${file}`, 'utf8'))
    .join('\n');
}

test('every alert is about a metric that a deployable has', () => {
  const code = [
    sources('router/src/*.ts'),
    sources('cell/src/*.ts'),
    sources('platform/service/src/*.ts'),
    // Node's own come from the library.
    sources('node_modules/prom-client/lib/metrics/*.js'),
  ].join('\n');
  for (const { name, expression } of ALERTS) {
    const metrics = metricsIn(expression);
    expect(metrics.length, name).toBeGreaterThan(0);
    for (const metric of metrics) {
      const base = metric.replace(SERIES, '').replace(/^nodejs_/, '');
      expect(code.includes(metric.replace(SERIES, '')) || code.includes(base), metric).toBe(true);
    }
  }
});

test('every alert names a runbook that is there', () => {
  for (const { name, runbook } of ALERTS) {
    expect(existsSync(`${ROOT}runbooks/${runbook}`), name).toBe(true);
  }
});

test('the bound of the latency objective is a bucket of the router’s histogram', () => {
  const buckets = /buckets: \[([^\]]+)\]/.exec(sources('router/src/router-metrics.ts'))?.[1] ?? '';
  expect(buckets.split(',').map(Number)).toContain(LATENCY_OBJECTIVE_SECONDS);
});

test('the month’s budget burns as its windows say', () => {
  const fast = routerAlerts().find(({ name }) => name === 'availability-burns-1h');
  const bound = Number(/> ([\d.]+)\)/.exec(fast?.expression ?? '')?.[1]);
  // An hour at this rate uses 2 % of thirty days.
  expect((bound / (1 - AVAILABILITY_OBJECTIVE) / (30 * 24)) * 100).toBeCloseTo(2, 1);
});

test('each stack has the alerts of its kind, and somebody hears of them', () => {
  const { stacks } = testedFleet('dev');
  const groups = stacks.flatMap(resourcesOf).filter(({ type }) => type.endsWith('rule_group'));
  expect(groups).toHaveLength(stacks.length);
  for (const { stack, values } of groups) {
    const rules = values['rule'] as { alert: string; action: unknown[] }[];
    const wanted = stack.startsWith('router')
      ? routerAlerts()
      : stack === 'global'
        ? controlPlaneAlerts()
        : cellAlerts();
    expect(rules.map(({ alert }) => alert)).toEqual(wanted.map(({ name }) => name));
    for (const { action } of rules) expect(action).toHaveLength(1);
  }
});
