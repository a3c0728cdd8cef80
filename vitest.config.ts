import { defineConfig, mergeConfig } from 'vitest/config';

/** What both runs of tests have in common. */
export const BASE = defineConfig({
  // The package has two forms that must not meet in one process: the one that Node itself takes.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    // The infrastructure has packages, and so a run, of its own: npm run test:infra.
    exclude: ['**/node_modules/**', '**/.data/**', '**/dist/**', 'infra-cdktf/**'],
    // One PostgreSQL for the whole run; a test file makes its own databases on it.
    globalSetup: [
      'platform/engines/src/sql/embedded-postgres/test-run.ts',
      // Pages are served from bundles.
      'fleet/src/web-build/test-run.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});

/** The tests of `npm test`; what takes minutes is left to `npm run test:long`. */
export default mergeConfig(
  BASE,
  defineConfig({
    test: {
      include: [
        '**/src/**/*.test.{ts,tsx}',
        '**/test/**/*.test.ts',
        '{cell/storefront,global-control-plane/console}/**/*.test.{ts,tsx}',
      ],
      exclude: ['**/*.{long,engines}.test.ts'],
    },
  }),
);
