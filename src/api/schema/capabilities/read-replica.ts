import * as z from 'zod';
import { count, duration, objectName, ruled } from '../primitives.ts';

export const ReadReplica = ruled(
  z.strictObject({
    cluster: objectName().optional().meta({
      description:
        'A Cluster of CloudNativePG in this namespace, which is yours. Its instances are raised, and nothing else of it is touched.',
    }),
    instances: count(10).min(2).default(2).meta({
      description:
        'How many instances the Cluster is to have, the primary included. One that has more keeps them. Default: 2.',
    }),
    maxLag: duration().prefault('30s').meta({
      description:
        'How far a copy may be behind before reads go to the primary; they come back at half of it. Default: 30s.',
    }),
    host: z
      .string()
      .min(1)
      .max(253)
      .regex(
        /^[A-Za-z0-9_]([-._:A-Za-z0-9]*[A-Za-z0-9])?$/,
        'must be a host name or an IP address, without scheme or port',
      )
      .optional()
      .meta({ description: 'A copy that you run yourself, in place of cluster.' }),
    port: z.int().min(1).max(65_535).default(5432).meta({ description: 'Its port. Default: 5432.' }),
    reads: z.enum(['Reports', 'General']).default('Reports').meta({
      description:
        'Reports: the application gets DB_REPORTS_HOST, for what may be a little old. General: also DB_READ_HOST and DB_STICKY, for every read outside of a request that has written. Default: Reports.',
    }),
  }),
  { description: 'The copy of the database that reads go to.' },
  {
    rule: '!(has(self.cluster) && has(self.host))',
    message: 'capabilities.readReplica has both cluster and host; keep the one that reads go to',
    holds: ({ cluster, host }) => cluster === undefined || host === undefined,
  },
);
export type ReadReplica = z.output<typeof ReadReplica>;
