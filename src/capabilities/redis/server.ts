/** A Redis of the platform: the one that the user gives, or one pod with a volume that the operator runs. */
import { containersOf, podTemplateOf, replicaCounts } from '../../kube/workload.ts';
import type { RedisStore } from '../../api/schema/stores.ts';
import type { CapabilityName } from '../../api/names.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { ManagedRedis } from '../../api/schema/capabilities/redis.ts';
import { capabilityMetadata, keptMetadata, componentSelector } from '../../kube/labels.ts';
import { childNames } from '../../kube/names.ts';
import type { KubeObject } from '../../kube/object.ts';
import { queueNames } from '../../signals/view.ts';
import type { RedisProbe } from '../../probes/probe.ts';
import { blocked, type Progress, type Step } from '../contract/contribution.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import { LEAST_RIGHTS, podSecurity } from '../../workloads/security.ts';
import type { CapabilityContext } from '../contract/context.ts';

const PORT = 6379;
const PORT_NAME = 'redis';
/** Where the user gives one of their own. */
const FIELD = {
  redis: 'spec.stores.redis',
  'redis-queue': 'spec.capabilities.dedicatedQueueServer.redis',
} as const;
const QUEUE_KEYS = { prefix: 'laravel-database-', clusterNames: false } as const;

/** One server: where it is, whose it is, and what it is asked. */
export interface RedisServer {
  /** The name of its StatefulSet and Service; undefined where it is the user's. */
  readonly managed: string | undefined;
  /** What it is called in a sentence. */
  readonly what: string;
  readonly store: RedisStore;
  readonly probe: RedisProbe;
  readonly objects: readonly KubeObject[];
}

export interface RedisSettings {
  /** The user's own; undefined: the one that the operator runs. */
  readonly external: RedisStore | undefined;
  readonly managed: ManagedRedis;
  /** `redis`: its objects are called `<platform>-redis`. */
  readonly suffix: keyof typeof FIELD;
  readonly capability: CapabilityName;
}

export function redisServer(
  context: CapabilityContext,
  { external, managed, suffix, capability }: RedisSettings,
): RedisServer {
  const { platform, spec } = context;
  const name = `${platform.name}-${suffix}`;
  const store = external ?? managedStore(context, name, managed);
  return {
    managed: external === undefined ? name : undefined,
    what: external === undefined ? `StatefulSet/${name}` : `the Redis of ${FIELD[suffix]}`,
    store,
    probe: {
      kind: 'redis',
      // Both may be asked, while what was ours is left.
      id: `${capability}/${external === undefined ? 'own-' : ''}${suffix}`,
      store,
      ...(external !== undefined && { field: FIELD[suffix] }),
      queues: { ...keysOf(spec), names: queueNames(spec) },
    },
    objects: external === undefined ? objectsOf(context, name, managed, suffix, capability) : [],
  };
}

/** How the application writes its queues, as it is measured. */
function keysOf({ signals }: LeadPlatformSpec) {
  const { prefix, clusterNames } = signals.queueDepth.redis ?? QUEUE_KEYS;
  return { prefix, clusterNames };
}

function managedStore(
  { platform }: CapabilityContext,
  name: string,
  { passwordSecretRef }: ManagedRedis,
): RedisStore {
  return {
    host: `${name}.${platform.namespace}`,
    port: PORT,
    database: 0,
    // A Secret with a password and no user name is the default user's. The server of the operator has no TLS.
    ...(passwordSecretRef !== undefined && {
      tls: { mode: 'Disable' as const },
      secretRef: { name: passwordSecretRef.name, userKey: 'username', passwordKey: passwordSecretRef.key },
    }),
  };
}

/** The address and the password as variables, `REDIS_HOST` and so on; none where the server is the user's. */
export function addressOf(
  { managed: name, store }: RedisServer,
  { passwordSecretRef: secret }: ManagedRedis,
  prefix: string,
): readonly EnvVar[] {
  if (name === undefined) return [];
  return [
    { name: `${prefix}HOST`, value: store.host ?? name },
    { name: `${prefix}PORT`, value: String(PORT) },
    ...(secret === undefined
      ? []
      : [{ name: `${prefix}PASSWORD`, secret: { name: secret.name, key: secret.key } }]),
  ];
}

/** The gate: the pod is ready, and the server itself says that it keeps what it is given. */
export function serverReady(
  context: CapabilityContext,
  { managed, probe, what }: RedisServer,
  forQueues: boolean,
): Step {
  const step = (done: boolean, waits: string): Step => ({ name: 'ServerReady', done, waits });
  if (managed !== undefined && !isUp(context.live('StatefulSet', managed)))
    return step(false, `${what} is not ready yet`);
  const answer = context.probeResult(probe);
  if (answer === undefined) return step(false, `${what} has not been asked yet`);
  if ('unknown' in answer)
    return step(false, `${what} does not answer (${answer.unknown}): ${answer.message}`);
  const fault = forQueues ? faultOf(context, { managed, probe, what }) : undefined;
  return step(fault === undefined, fault ?? '');
}

/** Why queues would lose jobs in it, and what to set. What a user may not ask for is not held against it. */
export function faultOf(
  context: CapabilityContext,
  { probe, what }: Pick<RedisServer, 'probe' | 'what' | 'managed'>,
): string | undefined {
  const answer = context.probeResult(probe);
  if (answer === undefined || 'unknown' in answer) return undefined;
  const { evictionPolicy, isPersistent } = answer.facts;
  if (evictionPolicy !== undefined && evictionPolicy !== 'noeviction') {
    return `the maxmemory-policy of ${what} drops jobs when memory is short; set \`maxmemory-policy noeviction\``;
  }
  if (isPersistent === false) {
    return `${what} keeps nothing over a restart, which would lose every job that waits; set \`appendonly yes\``;
  }
  return undefined;
}

function isUp(set: KubeObject | undefined): boolean {
  if (set === undefined) return false;
  const { ready, current } = replicaCounts(set);
  return ready > 0 && current;
}

const CONTAINER = 'redis';

/**
 * The platform's account, which has no rights: the image is the author's choice, and the namespace's own account may have some.
 * This one has no pull secrets either, so the pod names those of the platform. A server of an earlier version, which named no
 * account, runs on as it is: naming one would replace its pod. With its next image the pod is replaced anyway.
 */
function account({ platform, spec, live }: CapabilityContext, name: string, image: string) {
  const there = live('StatefulSet', name);
  const runsWithout =
    there !== undefined &&
    podTemplateOf(there).spec?.serviceAccountName === undefined &&
    containersOf(there).find((container) => container.name === CONTAINER)?.image === image;
  if (runsWithout) return {};
  return {
    serviceAccountName: childNames(platform.name).serviceAccount,
    ...(spec.imagePullSecrets !== undefined && { imagePullSecrets: spec.imagePullSecrets }),
  };
}

function objectsOf(
  context: CapabilityContext,
  name: string,
  { image, storage, storageClassName, resources, passwordSecretRef }: ManagedRedis,
  component: string,
  capability: CapabilityName,
): readonly KubeObject[] {
  const { platform, spec } = context;
  const selector = componentSelector(platform.name, component);
  const kept = keptMetadata(platform, spec, name, capability, component);
  const command = [
    'redis-server',
    '--appendonly',
    'yes',
    '--maxmemory-policy',
    'noeviction',
    '--dir',
    '/data',
  ];
  // The kubelet puts the password in; it stands in no object.
  const password = passwordSecretRef === undefined ? [] : ['--requirepass', '$(REDISCLI_AUTH)'];
  // One that is still reading its file accepts connections, and answers nothing yet. The password is that of the client.
  const exec = { command: ['sh', '-c', 'redis-cli ping | grep -q PONG'] };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: kept,
      spec: {
        serviceName: name,
        replicas: 1,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: { ...capabilityMetadata(platform, name, capability, component).labels } },
          spec: {
            ...account(context, name, image),
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 60,
            securityContext: podSecurity({ runAsNonRoot: true, runAsUser: 999, fsGroup: 999 }),
            containers: [
              {
                name: CONTAINER,
                image,
                command: [...command, ...password],
                ...(passwordSecretRef !== undefined && {
                  env: [
                    {
                      name: 'REDISCLI_AUTH',
                      valueFrom: {
                        secretKeyRef: { name: passwordSecretRef.name, key: passwordSecretRef.key },
                      },
                    },
                  ],
                }),
                ports: [{ name: PORT_NAME, containerPort: PORT, protocol: 'TCP' }],
                readinessProbe: { exec, periodSeconds: 5, timeoutSeconds: 3 },
                livenessProbe: { tcpSocket: { port: PORT_NAME }, periodSeconds: 10, failureThreshold: 6 },
                ...(resources !== undefined && { resources }),
                securityContext: LEAST_RIGHTS,
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            // The volume bears the labels of the pods, and has no owner either.
            metadata: { name: 'data', annotations: kept.annotations },
            spec: {
              accessModes: ['ReadWriteOnce'],
              resources: { requests: { storage } },
              ...(storageClassName !== undefined && { storageClassName }),
            },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      // With the server, or nobody would reach what was kept.
      metadata: kept,
      spec: {
        selector,
        ports: [{ name: PORT_NAME, port: PORT, targetPort: PORT_NAME, protocol: 'TCP' }],
      },
    },
  ];
}

/**
 * Nobody has said which Redis: none is named, and the operator is not to run one. It never does so unasked, for an
 * application that has one already would have its queues in another one from then on.
 */
export function noRedis({ spec, platform, live, wanted }: CapabilityContext): Progress | undefined {
  const isThere = spec.stores.redis !== undefined || spec.capabilities.redis.enabled;
  if (!wanted || isThere || live('StatefulSet', `${platform.name}-redis`) !== undefined) return undefined;
  return blocked(
    'NoRedis',
    'spec.stores.redis is not set. Set it to your Redis, or, where the application has none yet, let the operator run one: spec.capabilities.redis.enabled: true',
  );
}
