/** What runs: the web side, the dialer's side, and the workers of every other queue. */
import * as z from 'zod';
import {
  count,
  duration,
  listMap,
  dataKey,
  objectName,
  positive,
  queueName,
  queueSlug,
  ruled,
  urlPath,
} from './primitives.ts';
import { envName, envPrefix } from './kubernetes.ts';
import { Resources } from './resources.ts';
import { SCHEDULES_BELOW_MAXIMUM, Schedules } from './schedules.ts';

const command = (what: string, fallback: string) =>
  z
    .array(z.string().max(1_000))
    .min(1)
    .max(50)
    .meta({
      description: `The command of ${what}, without a shell so that signals reach PHP. Default: ${fallback}.`,
    });

const bounds = (most: number) =>
  ruled(
    z.strictObject({
      min: count(most).optional().meta({
        description:
          'Never fewer replicas than this; the tier may ask for more, unless scaling.floors is Measured. Default: what the tier asks for.',
      }),
      max: count(most)
        .min(1)
        .optional()
        .meta({ description: 'Never more replicas than this, whatever the tier allows.' }),
    }),
    { description: 'Your own bounds, inside those of the tier.' },
    {
      rule: '!has(self.min) || !has(self.max) || self.min <= self.max',
      message: 'replicas.min is greater than replicas.max; make min at most max',
      holds: ({ min, max }) => min === undefined || max === undefined || min <= max,
    },
  );

export const ReplicaBounds = bounds(1_000);
export type ReplicaBounds = z.output<typeof ReplicaBounds>;

const connections = (fallback: number) =>
  count(10_000)
    .default(fallback)
    .meta({
      description: `Database connections that one replica may hold; counted against budgets.databaseConnections. Default: ${fallback}.`,
    });

const workerCapacity = (jobsPerMinute: number) =>
  positive()
    .default(jobsPerMinute)
    .meta({
      description: `Jobs that one worker finishes in a minute while it is busy. Default: ${jobsPerMinute}.`,
    });

const pickupTime = () =>
  duration().prefault('60s').meta({
    description: 'The objective: how long a job may wait before a worker picks it up. Default: 60s.',
  });

const longestJob = () =>
  duration().prefault('2m').meta({
    description:
      'The longest that one job may run. A worker that is scaled in gets this long, and 15 s more, to finish; and no job is given to another worker earlier than 30 s after it (REDIS_QUEUE_RETRY_AFTER and DB_QUEUE_RETRY_AFTER). Default: 2m.',
  });

export const Ingest = ruled(
  z.strictObject({
    command: command('the web side', "the image's own").optional(),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .default(8080)
      .meta({ description: 'The port on which the container answers HTTP. Default: 8080.' }),
    probe: z
      .strictObject({
        path: urlPath().default('/up').meta({
          description:
            'The path of the readiness and liveness probes; it must not count rows. Default: /up (Laravel).',
        }),
      })
      .prefault({})
      .meta({ description: 'How the kubelet asks whether a replica can serve.' }),
    resources: Resources.optional(),
    replicas: ReplicaBounds.prefault({}),
    schedules: Schedules,
    capacity: z
      .strictObject({
        leadsPerMinute: positive()
          .default(60)
          .meta({ description: 'Leads that one replica takes in per minute, comfortably. Default: 60.' }),
      })
      .prefault({})
      .meta({ description: 'What one replica can do.' }),
    responseTime: duration().prefault('200ms').meta({
      description: 'The objective for the response time; above it ingest gets more replicas. Default: 200ms.',
    }),
    drainTime: duration()
      .prefault('30s')
      .meta({ description: 'How long a replica that is scaled in may finish its requests. Default: 30s.' }),
    connectionsPerReplica: connections(5),
  }),
  { description: 'The web side: leads in, pages, the webhook.' },
  SCHEDULES_BELOW_MAXIMUM,
);
export type Ingest = z.output<typeof Ingest>;

export const Sync = ruled(
  z.strictObject({
    queue: queueName()
      .default('vici-updates')
      .meta({ description: 'The queue whose jobs talk to Vici. Default: vici-updates.' }),
    command: command(
      'the sync workers',
      'php artisan queue:work redis --queue=<queue> --timeout=<longestJob> --tries=3',
    ).optional(),
    resources: Resources.optional(),
    replicas: ReplicaBounds.prefault({}),
    schedules: Schedules,
    pickupTime: pickupTime(),
    longestJob: longestJob(),
    capacity: z
      .strictObject({
        jobsPerMinute: workerCapacity(30),
        apiCallsPerJob: positive().default(1).meta({
          description:
            'Calls to the API of Vici that one job makes; below 1 where jobs are sent in batches. Default: 1.',
        }),
      })
      .prefault({})
      .meta({ description: 'What one worker can do.' }),
    connectionsPerReplica: connections(1),
  }),
  { description: 'What talks to Vici: the workers of its queue, under budgets.viciApiCallsPerHour.' },
  SCHEDULES_BELOW_MAXIMUM,
);
export type Sync = z.output<typeof Sync>;

export const Queue = ruled(
  z.strictObject({
    name: queueName().meta({ description: 'The name of the queue, as the application writes it.' }),
    command: command(
      'the workers',
      'php artisan queue:work redis --queue=<name> --timeout=<longestJob> --tries=3',
    ).optional(),
    resources: Resources.optional(),
    replicas: ReplicaBounds.prefault({}),
    schedules: Schedules,
    pickupTime: pickupTime(),
    longestJob: longestJob(),
    capacity: z
      .strictObject({ jobsPerMinute: workerCapacity(60) })
      .prefault({})
      .meta({ description: 'What one worker can do.' }),
    connectionsPerReplica: connections(1),
  }),
  { description: 'The workers of one queue.' },
  SCHEDULES_BELOW_MAXIMUM,
);
export type Queue = z.output<typeof Queue>;

/** `queueSlug`, in CEL. */
const celSlug = (queue: string) =>
  `${queue}.name.lowerAscii().replace('_', '-').replace('.', '-').replace(':', '-')`;

export const Components = ruled(
  z.strictObject({
    ingest: Ingest.prefault({}),
    sync: Sync.prefault({}),
    queues: listMap(
      Queue,
      'name',
      20,
      'The other queues, each with a Deployment of its own once queue workers are separate. An entry with the name of sync.queue tunes sync instead. Default: one queue, "default".',
      '',
    ).prefault([{ name: 'default' }]),
  }),
  { description: 'The components of the platform and what each can do.' },
  {
    rule: `!has(self.queues) || self.queues.all(q, self.queues.exists_one(other, ${celSlug('other')} == ${celSlug('q')}))`,
    message:
      'components.queues names a queue twice, or two that differ only in case or punctuation and would share a Deployment; name each queue once',
    holds: ({ queues }) => new Set(queues.map(({ name }) => queueSlug(name))).size === queues.length,
  },
);

export type Components = z.output<typeof Components>;

const keyOf = (kind: string) =>
  z.strictObject({
    name: objectName().meta({ description: `The name of the ${kind}, in this namespace.` }),
    key: dataKey().meta({ description: 'The key inside it.' }),
    optional: z
      .boolean()
      .optional()
      .meta({ description: 'Start without it when it is missing. Default: false.' }),
  });

const EnvVar = ruled(
  z.strictObject({
    name: envName().min(1).meta({ description: 'The name of the variable.' }),
    value: z
      .string()
      .max(32_768)
      .optional()
      .meta({ description: 'The value itself. Secrets belong in valueFrom.' }),
    valueFrom: ruled(
      z.strictObject({
        secretKeyRef: keyOf('Secret').optional().meta({ description: 'A key of a Secret.' }),
        configMapKeyRef: keyOf('ConfigMap').optional().meta({ description: 'A key of a ConfigMap.' }),
      }),
      { description: 'Where the value comes from.' },
      {
        rule: 'has(self.secretKeyRef) != has(self.configMapKeyRef)',
        message: 'valueFrom needs exactly one of secretKeyRef and configMapKeyRef',
        holds: ({ secretKeyRef, configMapKeyRef }) =>
          (secretKeyRef === undefined) !== (configMapKeyRef === undefined),
      },
    ).optional(),
  }),
  { description: 'One environment variable of every container.' },
  {
    rule: '!(has(self.value) && has(self.valueFrom))',
    message: 'an environment variable has both value and valueFrom; keep one of them',
    holds: ({ value, valueFrom }) => value === undefined || valueFrom === undefined,
  },
);

export const Env = listMap(
  EnvVar,
  'name',
  200,
  'Environment variables of every container, over those that the operator sets.',
);

const allKeysOf = (kind: string) =>
  z
    .strictObject({
      name: objectName().meta({ description: `The name of the ${kind}, in this namespace.` }),
      optional: z
        .boolean()
        .optional()
        .meta({ description: 'Start without it when it is missing. Default: false.' }),
    })
    .meta({ description: `All keys of a ${kind}.` });

export const EnvFrom = z
  .array(
    ruled(
      z.strictObject({
        prefix: envPrefix().optional().meta({ description: 'Put before each name.' }),
        secretRef: allKeysOf('Secret').optional(),
        configMapRef: allKeysOf('ConfigMap').optional(),
      }),
      { description: 'All keys of one Secret or ConfigMap.' },
      {
        rule: 'has(self.secretRef) != has(self.configMapRef)',
        message: 'an entry of envFrom needs exactly one of secretRef and configMapRef',
        holds: ({ secretRef, configMapRef }) => (secretRef === undefined) !== (configMapRef === undefined),
      },
    ),
  )
  .max(50)
  .meta({
    description: 'Whole Secrets and ConfigMaps as environment of every container.',
    'x-kubernetes-list-type': 'atomic',
  });
