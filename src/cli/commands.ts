/** The commands that need no cluster. `controller/cli.ts` adds those that do. */
import type { Command } from './command.ts';

export const OFFLINE_COMMANDS: readonly Command[] = [
  {
    name: 'plan',
    summary: 'decide offline: tier, replicas, capabilities and reasons for a load',
    load: async () => (await import('./plan.ts')).plan,
  },
  {
    name: 'simulate',
    summary: 'run a recorded trace through the operator and its peers',
    load: async () => (await import('./simulate/simulate.ts')).simulate,
  },
];
