import { defineConfig } from 'vitest/config';

/**
 * Three projects: `unit` needs nothing but Node and runs in parallel; `integration` shares one control plane, one
 * Postgres and one Redis, started once by its global set-up; `e2e` shares one cluster with real pods, which needs root
 * and the namespaces that `npm test` makes for it.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,golden}/**/*.test.ts'],
          // Generous: on a busy machine a property of some thousand runs takes its time.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/setup.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/setup.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
