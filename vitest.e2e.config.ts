import { defineConfig } from 'vitest/config';
import { reporters } from './scripts/reporters.ts';

const common = { testTimeout: 180_000, hookTimeout: 300_000 };

/**
 * One cluster with real pods for all files, which needs root and the namespaces that `npm test` makes for it. What stops
 * parts of the cluster runs alone; the others side by side, each with an operator and a namespace of its own.
 */
export default defineConfig({
  test: {
    reporters,
    globalSetup: ['test/e2e/setup.ts'],
    projects: [
      {
        test: {
          ...common,
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'e2e alone',
          include: ['test/e2e/alone/*.test.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
