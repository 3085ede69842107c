import { defineConfig } from 'vitest/config';
import { reporters } from './scripts/reporters.ts';

/**
 * `unit` needs nothing but Node. `integration` shares one control plane, one Postgres and one Redis, started once by its
 * global set-up: each file has namespaces, tables and prefixes of its own, so that several run side by side. Most of their
 * time is waiting, so there are more of them than cores.
 */
export default defineConfig({
  test: {
    reporters,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,golden}/**/*.test.ts'],
          // All cores: vitest leaves one to itself otherwise, and on two that is half.
          maxWorkers: '100%',
          // One process after another would cost more than most files: they share two, and leave no mock of a module behind.
          isolate: false,
          // Generous: on a busy machine a property of some thousand runs takes its time.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/setup.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
