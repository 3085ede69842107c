/** The commands that need no cluster. `controller/cli.ts` adds those that do. */
import type { Command } from './command.ts';

export const OFFLINE_COMMANDS: readonly Command[] = [
  {
    name: 'plan',
    summary: 'decide offline: rung, replicas, capabilities and reasons for a load',
    load: async () => (await import('./plan.ts')).plan,
  },
];
