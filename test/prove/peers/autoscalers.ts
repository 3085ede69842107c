/** Who sizes the workers of a queue, in the cluster and in the simulation: the operator, and KEDA by two kinds of triggers. */
import { admit } from '../../../src/api/admit.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { kedaPolicy, type KedaSettings } from '../../../src/simulate/queue/keda.ts';
import type { Policy } from '../../../src/simulate/queue/policy.ts';
import { productPolicy } from '../../../src/simulate/queue/product.ts';
import type { Workload } from '../../../src/simulate/queue/workload.ts';
import { SETTING } from './setting.ts';

export const QUEUE = 'default';
export const IMAGE = 'registry.example/brain:1.4.0';
const START = { 'testbed/start': `${SETTING.podStartSeconds}s` };

export interface Stores {
  readonly redis: { readonly host: string; readonly port: number };
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string };
  /** A Secret in the namespace, and the table of leads. */
  readonly secret: string;
  readonly table: string;
  /** Where the numbers of `asked` are served. */
  readonly numbers: string;
}

export interface Autoscaler {
  /** That of its namespace, of its keys in Redis, and in the result. */
  readonly name: 'operator' | 'keda-list' | 'keda-rate';
  /** Whose replicas are the workers of the queue. */
  readonly deployment: string;
  manifests(stores: Stores): readonly object[];
  policy(workload: Workload): Policy;
}

export const prefixOf = (name: string): string => `${name}-`;

const spec = ({ redis, postgres, secret, table }: Stores): LeadPlatformSpecInput => ({
  image: IMAGE,
  podTemplate: { annotations: START },
  components: {
    queues: [
      {
        name: QUEUE,
        pickupTime: `${SETTING.objectiveSeconds}s`,
        capacity: { jobsPerMinute: 60 / SETTING.serviceSeconds },
      },
    ],
  },
  tiers: [{ name: 'only', fromLeadsPerDay: 0, capabilities: ['separate-queue-workers'] }],
  stores: {
    redis,
    postgres: { ...postgres, secretRef: { name: secret }, tls: { mode: 'Disable' } },
  },
  signals: {
    queueDepth: { redis: { prefix: prefixOf('operator') } },
    leadsPerMinute: { postgres: { table, interval: `${SETTING.syncSeconds}s` } },
    leadsPerDay: { postgres: { table, interval: `${SETTING.stabilisationSeconds}s` } },
  },
  scaling: { scaleDown: { window: `${SETTING.stabilisationSeconds}s` } },
});

const operator: Autoscaler = {
  name: 'operator',
  deployment: `brain-queue-${QUEUE}`,
  manifests: (stores) => [
    {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: 'brain', namespace: 'operator' },
      spec: spec(stores),
    },
  ],
  policy: (workload) => {
    const nowhere = { host: 'simulated.example', port: 1 };
    const given = spec({
      ...{ redis: nowhere, postgres: { ...nowhere, database: 'leads' } },
      ...{ secret: 'none', table: 'leads', numbers: '' },
    });
    const admission = admit(given);
    if (!admission.ok) throw new Error(`the spec is not admitted: ${JSON.stringify(admission)}`);
    return productPolicy({ spec: admission.spec, queue: QUEUE, workload });
  },
};

function keda(
  name: 'keda-list' | 'keda-rate',
  trigger: KedaSettings['trigger'],
  triggers: (stores: Stores) => readonly object[],
): Autoscaler {
  const { rateSeconds, utilisation, backlogSeconds, serviceSeconds, jobsPerPod, max, syncSeconds } = SETTING;
  return {
    name,
    deployment: 'workers',
    manifests: (stores) => [workers(name), scaledObject(name, triggers(stores))],
    policy: () =>
      kedaPolicy({
        ...{
          trigger,
          rateSeconds,
          utilisation,
          backlogSeconds,
          serviceSeconds,
          jobsPerPod,
          max,
          syncSeconds,
        },
        ...{ stabilisation: SETTING.stabilisationSeconds, min: 1 },
      }),
  };
}

export const AUTOSCALERS: readonly Autoscaler[] = [
  operator,
  keda('keda-list', 'list', ({ redis }) => [
    {
      type: 'redis',
      metadata: {
        address: `${redis.host}:${redis.port}`,
        listName: `${prefixOf('keda-list')}queues:${QUEUE}`,
        listLength: `${SETTING.jobsPerPod}`,
      },
    },
  ]),
  keda('keda-rate', 'rate-and-backlog', ({ numbers }) =>
    ['rate', 'backlog'].map((valueLocation) => ({
      type: 'metrics-api',
      metadata: { url: numbers, valueLocation, targetValue: '1' },
    })),
  ),
];

const workers = (namespace: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'workers', namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'workers' } },
    template: {
      metadata: { labels: { app: 'workers' }, annotations: START },
      spec: { containers: [{ name: 'worker', image: IMAGE }] },
    },
  },
});

/** Kubernetes' and KEDA's defaults, each time among them scaled as everything is. */
const scaledObject = (namespace: string, triggers: readonly object[]) => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'workers', namespace },
  spec: {
    scaleTargetRef: { name: 'workers' },
    pollingInterval: SETTING.pollingSeconds,
    cooldownPeriod: SETTING.cooldownSeconds,
    minReplicaCount: 1,
    maxReplicaCount: SETTING.max,
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Percent', value: 100, periodSeconds: SETTING.syncSeconds },
              { type: 'Pods', value: 4, periodSeconds: SETTING.syncSeconds },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: SETTING.stabilisationSeconds,
            policies: [{ type: 'Percent', value: 100, periodSeconds: SETTING.syncSeconds }],
          },
        },
      },
    },
    triggers,
  },
});
