import * as z from 'zod';
import { objectName } from '../primitives.ts';

const priority = (what: string) =>
  objectName()
    .optional()
    .meta({ description: `The PriorityClass of ${what}. Default: none.` });

const request = (what: string, fallback: string) =>
  z
    .string()
    .max(20)
    .regex(/^\d+(\.\d+)?(m|k|[KMGTPE]i|[MGTPE])?$/, 'must be a Kubernetes quantity like 250m, 1 or 512Mi')
    .default(fallback)
    .meta({ description: `${what} Default: ${fallback}.` });

export const Orchestration = z
  .strictObject({
    priorityClassNames: z
      .strictObject({
        ingest: priority('the web side'),
        sync: priority('the workers of sync'),
        queue: priority('the workers of other queues'),
      })
      .prefault({})
      .meta({
        description:
          'Which pods go first when a cluster is full; podTemplate.priorityClassName wins. Only those that the operator allows by --allow-priority-class, as it does the three that the chart can make.',
      }),
    requests: z
      .strictObject({
        cpu: request('The CPU that a container is promised which asks for none.', '100m'),
        memory: request('The memory that a container is promised which asks for none.', '128Mi'),
      })
      .prefault({})
      .meta({ description: 'What a scheduler reckons with where components give no resources.' }),
  })
  .meta({ description: 'Priorities and requests of every Deployment.' });
