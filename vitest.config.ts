import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/src/**/*.test.ts', '**/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.data/**'],
    // One PostgreSQL for the whole run; a test file makes its own databases on it.
    globalSetup: ['platform/engines/src/sql/embedded-postgres/test-run.ts'],
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
