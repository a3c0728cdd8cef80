import { mergeConfig } from 'vitest/config';
import { BASE } from './vitest.config.ts';

/**
 * The ports' suites and a fleet on production engines: servers that Java, Maven and Debian's packages
 * bring. An engine that can't be had is left out, with a line that says why. One file at a time, as the
 * machine is shared with the engines.
 */
export default mergeConfig(BASE, {
  test: {
    globalSetup: ['fleet/src/engines/test-run.ts'],
    include: ['**/*.engines.test.ts'],
    maxWorkers: 1,
    testTimeout: 40_000,
    hookTimeout: 180_000,
  },
});
