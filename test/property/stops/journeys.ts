/** Every kind of transition, there and back. */
import type { CapabilityName } from '../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { Journey, Leg } from './life.ts';

const MOVED = 'leadplatform.io/data-moved';
const BACK = 'leadplatform.io/data-moved-back';
const REMOVAL = 'leadplatform.io/confirm-removal';
const redis = { host: 'redis.example.com' };
const postgres = { host: 'db-rw' };
type Capabilities = NonNullable<LeadPlatformSpecInput['capabilities']>;

/** Without, with, and, its loss confirmed, without again. */
function upAndDown(
  name: CapabilityName,
  capabilities: Capabilities,
  {
    beside = [],
    stores = {},
    how = 'unasked',
    separate = true,
  }: {
    readonly beside?: readonly CapabilityName[];
    readonly stores?: NonNullable<LeadPlatformSpecInput['stores']>;
    readonly how?: 'unasked' | 'declined';
    readonly separate?: boolean;
  } = {},
): Journey {
  const down: Leg =
    how === 'declined'
      ? { separate, capabilities: beside, declined: [name] }
      : { separate, capabilities: beside };
  return {
    name: `${name}, ${Object.keys(stores).join(' and ') || 'with nothing of the user'}`,
    spec: { capabilities, stores },
    legs: [
      { separate },
      // One after the other: what two of them change at once in a pod is one write, or two.
      ...beside.map((_, index) => ({ separate, capabilities: beside.slice(0, index + 1) })),
      { separate, capabilities: [...beside, name] },
      { ...down, annotations: { [REMOVAL]: name } },
    ],
  };
}

/** A capability whose data the application moves, and says so. */
function withData(name: CapabilityName, capabilities: Capabilities, moved: string): Journey {
  const there = { [MOVED]: moved };
  const back = { [BACK]: name, [REMOVAL]: name };
  return {
    name: `${name}, whose data the application moves`,
    spec: { capabilities },
    legs: [
      { separate: true },
      { separate: true, capabilities: [name] },
      { separate: true, capabilities: [name], annotations: there },
      { separate: true, declined: [name], annotations: back },
    ],
  };
}

const INGRESS = { loadBalancer: { ingress: { className: 'nginx', hosts: ['leads.example.com'] } } };
const managed = { redis: { enabled: true } };

export const JOURNEYS: readonly Journey[] = [
  {
    name: 'all-in-one to separate components, and back',
    legs: [{ separate: false }, { separate: true }, { separate: false }],
  },
  {
    name: 'separate components with a queue that leaves the spec',
    spec: { components: { queues: [{ name: 'default' }, { name: 'mail' }] } },
    legs: [
      { separate: true },
      { separate: true, spec: { components: { queues: [{ name: 'mail' }] } } },
      { separate: true },
    ],
  },
  {
    name: 'sides, while a cache comes and goes',
    spec: { capabilities: managed },
    legs: [
      { separate: false },
      { separate: true, capabilities: ['redis-cache'] },
      { separate: false, annotations: { [REMOVAL]: 'redis-cache' } },
    ],
  },
  upAndDown('redis-cache', {}, { stores: { redis } }),
  upAndDown('redis-cache', managed),
  upAndDown('queue-system', {}, { stores: { redis } }),
  upAndDown('queue-system', managed, { beside: ['redis-cache'] }),
  upAndDown('dedicated-queue-server', {}, { stores: { redis }, beside: ['queue-system'] }),
  upAndDown('dedicated-queue-server', managed, { beside: ['redis-cache', 'queue-system'] }),
  upAndDown(
    'message-queue',
    {},
    { stores: { redis, rabbitmq: { host: 'rabbitmq.example.com' } }, beside: ['queue-system'] },
  ),
  upAndDown('message-queue', managed, { beside: ['redis-cache', 'queue-system'] }),
  upAndDown('app-optimize', {}),
  upAndDown(
    'database-indexes',
    { databaseIndexes: { adminSecretRef: { name: 'admin' } } },
    { stores: { postgres } },
  ),
  upAndDown('cdn', { cdn: { assetUrl: 'https://cdn.example.com' } }),
  upAndDown('load-balancer', INGRESS, { how: 'declined' }),
  upAndDown('multiple-app-servers', {}, { stores: { redis }, beside: ['redis-cache'] }),
  upAndDown('search', {}),
  upAndDown('orchestration', {}),
  upAndDown(
    'microservices',
    { ...INGRESS, microservices: { services: [{ name: 'intake', port: 9000, paths: ['/api'] }] } },
    { beside: ['load-balancer'] },
  ),
  {
    ...upAndDown('read-replica', { readReplica: { cluster: 'db' } }, { stores: { postgres } }),
    others: [
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Cluster',
        metadata: { name: 'db', namespace: 'leads', uid: 'uid-of-db' },
        spec: { instances: 1 },
      },
    ],
  },
  withData(
    'database-per-service',
    { databasePerService: { services: [{ name: 'leads', parts: ['ingest'] }] } },
    'database-per-service/leads',
  ),
  withData('database-sharding', { databaseSharding: { shards: 2 } }, 'database-sharding/2'),
];
