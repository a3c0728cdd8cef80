import { defineConfig, mergeConfig } from 'vitest/config';
import { BASE } from './vitest.config.ts';

/** What takes minutes: whole fleets in a browser, experiments, the commands of the runbooks. One at a time. */
export default mergeConfig(
  BASE,
  defineConfig({ test: { include: ['**/*.long.test.ts'], maxWorkers: 1 } }),
);
