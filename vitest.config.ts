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
          // One more than the cores of a small machine: some wait, for sockets and processes.
          maxWorkers: 3,
          // One process after another would cost more than most files: they share two, and leave no mock of a module behind.
          isolate: false,
          // Megabytes. Simulations and properties leave much behind that is soon garbage.
          execArgv: ['--max-semi-space-size=64', '--min-semi-space-size=32'],
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
