import { defineConfig } from 'vitest/config';

/** The operations on a whole fleet of this machine, while shoppers buy: minutes on a quiet machine. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/**/*.long.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    passWithNoTests: false,
    // What follows a step that failed would only tell of its ruins.
    bail: 1,
    hookTimeout: 300_000,
  },
});
