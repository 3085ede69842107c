/** Jobs of a user's own, before or after the platform comes onto a tier. */
import * as z from 'zod';
import { image } from './kubernetes.ts';
import { duration, listMap, shortName } from './primitives.ts';

export const Hook = z.strictObject({
  name: shortName().meta({ description: 'The name of the hook.' }),
  tier: shortName().meta({
    description:
      'The tier that it belongs to. It runs when the platform crosses it, also where the platform goes on to a tier beyond.',
  }),
  when: z.enum(['Before', 'After']).meta({
    description:
      'Before: nothing of the next tier is begun until the Job has succeeded. After: the Job runs once the next tier is in force.',
  }),
  direction: z.enum(['Up', 'Down', 'Both']).default('Both').meta({
    description:
      'Up: when the platform climbs onto the tier or past it. Down: when it descends from the tier or past it. Default: Both.',
  }),
  command: z
    .array(z.string().max(1_000))
    .min(1)
    .max(50)
    .meta({ description: 'The command of the Job, without a shell.' }),
  image: image().optional().meta({
    description: 'The image of the Job. Default: that of the application.',
  }),
  timeout: duration()
    .prefault('10m')
    .meta({ description: 'A Job that is not done after this long is ended, and has failed. Default: 10m.' }),
  onFailure: z.enum(['Hold', 'Ignore']).default('Hold').meta({
    description:
      'Hold: the platform changes no tier, and the hook is tried again after transitions.retryAfter, later each time, or as soon as the spec changes. Ignore: it is told, and that is all. Default: Hold.',
  }),
});
export type Hook = z.output<typeof Hook>;

export const Hooks = listMap(
  Hook,
  'name',
  10,
  'Jobs before or after a tier, such as a migration. Each runs once a transition, one after the other. Default: none.',
);
