import * as z from 'zod';

export const AppOptimize = z
  .strictObject({
    command: z.array(z.string().max(1_000)).min(1).max(50).default(['php', 'artisan', 'optimize']).meta({
      description:
        'Runs in each container before its own command, which takes its process over. Default: php artisan optimize.',
      'x-kubernetes-list-type': 'atomic',
    }),
  })
  .meta({ description: 'What app-optimize runs at the start of a container.' });
