import { describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { decisionOf, type DecisionInput, NOW, PLATFORM, snapshotOf, specOf } from './fixtures.ts';

interface PodTemplate {
  readonly metadata: {
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  };
  readonly spec: Record<string, unknown> & {
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly (Record<string, unknown> & { readonly name: string })[];
  };
}

function made(
  input: Partial<LeadPlatformSpecInput> = {},
  decision: DecisionInput = {},
): readonly KubeObject[] {
  const spec = specOf(input);
  const { actions } = plan({
    snapshot: snapshotOf({
      spec,
      platform: { ...PLATFORM, annotations: { 'argocd.argoproj.io/tracking-id': 'x' } },
    }),
    decision: decisionOf({ spec, ...decision }),
    now: NOW,
  });
  return actions.map((action) => action.object);
}

const named = (objects: readonly KubeObject[], kind: string, name: string) => {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined)
    throw new Error(
      `no ${kind} ${name} among ${objects.map((o) => `${o.kind} ${o.metadata.name}`).join(', ')}`,
    );
  return found as KubeObject & {
    readonly spec: Record<string, unknown> & { readonly template: PodTemplate };
  };
};
const pod = (objects: readonly KubeObject[], component: string) =>
  named(objects, 'Deployment', `brain-${component}`).spec.template;
const containerOf = (objects: readonly KubeObject[], component: string, name = component) =>
  pod(objects, component).spec.containers.find((container) => container.name === name);

describe('the children of a platform', () => {
  it('are, on the lowest tier, one Deployment behind a Service, with jobs', () => {
    expect(made().map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
      'ServiceAccount/brain',
      'ConfigMap/brain-settings',
      'Deployment/brain-all-in-one',
      'Service/brain',
      'CronJob/brain-call-logs-hourly',
      'CronJob/brain-call-logs-nightly',
    ]);
  });

  it('are one Deployment a component once workers are separate', () => {
    const deployments = made({}, { separate: true }).filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual([
      'brain-ingest',
      'brain-sync',
      'brain-queue-default',
    ]);
  });

  it.each([
    ['None', []],
    ['Webhook', []],
    ['Polling', ['polling']],
    ['Batch', ['nightly']],
    ['Hybrid', ['hourly', 'nightly']],
  ] as const)('have the jobs of the strategy %s', (strategy, passes) => {
    const jobs = made({ callLogSync: { strategy } }).filter(({ kind }) => kind === 'CronJob');
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual(
      passes.map((pass) => `brain-call-logs-${pass}`),
    );
  });

  it('all name the platform as their controlling owner, and inherit none of its annotations', () => {
    for (const { metadata } of made()) {
      expect(metadata.ownerReferences).toEqual([
        {
          apiVersion: 'leadplatform.io/v1alpha1',
          kind: 'LeadPlatform',
          name: 'brain',
          uid: 'uid-of-brain',
          controller: true,
        },
      ]);
      expect(Object.keys(metadata.annotations ?? {}).join()).not.toContain('argocd');
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/name': 'leadplatform',
        'app.kubernetes.io/instance': 'brain',
        'app.kubernetes.io/managed-by': 'leadplatform-operator',
      });
    }
  });

  it('run jobs one at a time, in a stated time zone, and end one that hangs', () => {
    const job = named(
      made({ callLogSync: { timeZone: 'Europe/Berlin' } }),
      'CronJob',
      'brain-call-logs-nightly',
    );
    expect(job.spec).toMatchObject({
      schedule: '0 2 * * *',
      timeZone: 'Europe/Berlin',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      jobTemplate: { spec: { activeDeadlineSeconds: 43200, template: { spec: { restartPolicy: 'Never' } } } },
    });
  });
});

describe('the pod of a part', () => {
  it('runs Laravel workers without a shell, with a time-out of the longest job', () => {
    const objects = made(
      { components: { queues: [{ name: 'mail', longestJob: '90s' }] } },
      { separate: true },
    );
    expect(containerOf(objects, 'queue-mail')?.['command']).toEqual([
      'php',
      'artisan',
      'queue:work',
      'redis',
      '--queue=mail',
      '--timeout=90',
      '--tries=3',
    ]);
    expect(containerOf(objects, 'sync')?.['command']).toContain('--queue=vici-updates');
  });

  it.each<[string, object, string]>([
    ['in braces on a Redis Cluster', { redis: { clusterNames: true } }, '--queue={mail}'],
    ['plainly without one', { redis: {} }, '--queue=mail'],
    ['plainly in RabbitMQ', { rabbitmq: {} }, '--queue=mail'],
  ])('starts workers with the name of their queue %s', (_case, queueDepth, expected) => {
    const objects = made(
      { components: { queues: [{ name: 'mail' }] }, signals: { queueDepth } },
      { separate: true },
    );
    expect(containerOf(objects, 'queue-mail')?.['command']).toContain(expected);
  });

  it.each([
    ['a worker: its longest job and 15 s', 'queue-mail', 315],
    ['sync: its longest job and 15 s', 'sync', 135],
    ['the web side: its drain time, and what routers and margin take', 'ingest', 55],
  ])('may take to stop, for %s', (_case, component, seconds) => {
    const objects = made(
      { components: { ingest: { drainTime: '45s' }, queues: [{ name: 'mail', longestJob: '5m' }] } },
      { separate: true },
    );
    expect(pod(objects, component).spec.terminationGracePeriodSeconds).toBe(seconds);
  });

  it('may take as long as the slowest of its containers when it has all of them', () => {
    const objects = made({ components: { queues: [{ name: 'mail', longestJob: '5m' }] } });
    expect(pod(objects, 'all-in-one').spec.terminationGracePeriodSeconds).toBe(315);
    expect(pod(objects, 'all-in-one').spec.containers.map(({ name }) => name)).toEqual([
      'ingest',
      'sync',
      'queue-mail',
    ]);
  });

  it('stops workers by a TERM that PHP itself sends once they hear it, whatever signal the image stops with', () => {
    const lifecycle = containerOf(made({}, { separate: true }), 'sync')?.['lifecycle'];
    const code = expect.stringMatching(/sleep\(.* min\(10, .*\)\)\); posix_kill\(1, 15\);$/) as string;
    expect(lifecycle).toEqual({ preStop: { exec: { command: ['php', '-r', code] } } });
  });

  it('leaves the stopping of a command that is not PHP to the image', () => {
    const objects = made({ components: { sync: { command: ['/usr/bin/worker'] } } }, { separate: true });
    expect(containerOf(objects, 'sync')).not.toHaveProperty('lifecycle');
  });

  it('lets routers forget a web replica before it is told to stop', () => {
    expect(containerOf(made({}, { separate: true }), 'ingest')).toMatchObject({
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/up', port: 'http' } },
    });
  });

  it('gives the user the last word on the environment', () => {
    const objects = made({
      env: [{ name: 'APP_ENV', value: 'production' }],
      envFrom: [{ secretRef: { name: 'brain-env' } }],
    });
    expect(containerOf(objects, 'all-in-one', 'sync')).toMatchObject({
      envFrom: [{ configMapRef: { name: 'brain-settings' } }, { secretRef: { name: 'brain-env' } }],
      env: [
        { name: 'REDIS_QUEUE_RETRY_AFTER', value: '150' },
        { name: 'DB_QUEUE_RETRY_AFTER', value: '150' },
        { name: 'APP_ENV', value: 'production' },
      ],
    });
  });

  it('has no token, no service links, no more rights than a root image needs to drop them', () => {
    const { spec } = pod(made(), 'all-in-one');
    expect(spec).toMatchObject({
      serviceAccountName: 'brain',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const { securityContext } of spec.containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('has the volumes, the user and the account that the spec says, as the API server stores them', () => {
    const objects = made({
      podTemplate: {
        serviceAccountName: 'reader',
        securityContext: { runAsUser: 33, fsGroup: 33 },
        volumes: [
          { name: 'uploads', persistentVolumeClaim: { claimName: 'uploads', readOnly: false } },
          { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
        ],
        volumeMounts: [
          { name: 'uploads', mountPath: '/var/www/storage', subPath: 'a', readOnly: false },
          { name: 'tmp', mountPath: '/tmp', readOnly: true },
        ],
      },
    });
    const { spec } = pod(objects, 'all-in-one');
    expect(spec).toMatchObject({
      serviceAccountName: 'reader',
      securityContext: { runAsUser: 33, fsGroup: 33, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(spec).not.toHaveProperty('automountServiceAccountToken');
    expect(spec['volumes']).toEqual([
      { name: 'uploads', persistentVolumeClaim: { claimName: 'uploads' } },
      { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    ]);
    for (const container of spec.containers) {
      expect(container['volumeMounts']).toEqual([
        { name: 'uploads', mountPath: '/var/www/storage', subPath: 'a' },
        { name: 'tmp', mountPath: '/tmp', readOnly: true },
      ]);
    }
    // Jobs run the same code, and need the same files.
    const jobs = objects.filter(({ kind }) => kind === 'CronJob');
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) expect(JSON.stringify(job)).toContain('/var/www/storage');
  });

  it.each<[string, object, object]>([
    [
      'no capability where it must not be root',
      { securityContext: { runAsNonRoot: true } },
      { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    ],
    [
      'those capabilities alone that are listed',
      { containerSecurityContext: { runAsUser: 1, capabilities: { add: ['CHOWN'] } } },
      { runAsUser: 1, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['CHOWN'] } },
    ],
    [
      'what a privileged one can be given',
      { containerSecurityContext: { privileged: true, capabilities: { drop: [] } } },
      { privileged: true, capabilities: { drop: [] } },
    ],
  ])('has %s', (_what, podTemplate, securityContext) => {
    const { spec } = pod(made({ podTemplate }), 'all-in-one');
    for (const container of spec.containers) expect(container['securityContext']).toEqual(securityContext);
  });

  it('takes labels, annotations, nodes and tolerations from the spec, but never our own labels', () => {
    const template = pod(
      made({
        podTemplate: {
          labels: { team: 'leads', 'app.kubernetes.io/component': 'mine' },
          annotations: { scrape: 'yes' },
          nodeSelector: { disk: 'fast' },
          tolerations: [{ key: 'leads', operator: 'Exists' }],
          priorityClassName: 'high',
        },
        imagePullSecrets: [{ name: 'pull' }],
      }),
      'all-in-one',
    );
    expect(template.metadata.labels).toMatchObject({
      team: 'leads',
      'app.kubernetes.io/component': 'all-in-one',
    });
    expect(template.metadata.annotations).toMatchObject({ scrape: 'yes' });
    expect(template.spec).toMatchObject({
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'leads', operator: 'Exists' }],
      priorityClassName: 'high',
      imagePullSecrets: [{ name: 'pull' }],
    });
  });

  it('is the same on every tier, so that a climb restarts nothing that it need not', () => {
    const low = made({}, { separate: true, tier: { to: 'separated' }, sizes: { ingest: 1 } });
    const high = made({}, { separate: true, tier: { to: 'scaled' }, sizes: { ingest: 8 } });
    expect(pod(high, 'ingest')).toEqual(pod(low, 'ingest'));
  });

  it('is replaced when the settings change that all pods must agree on', () => {
    const hash = (queue: string) =>
      pod(made({ components: { sync: { queue } } }, { separate: true }), 'ingest').metadata.annotations[
        'leadplatform.io/settings'
      ];
    expect(hash('vici-updates')).not.toBe(hash('dialer'));
    expect(hash('dialer')).toBe(hash('dialer'));
  });

  it('has a label that fits, and a Deployment of its own, however long the name of its queue is', () => {
    const queue = `${'a'.repeat(70)}-${'b'.repeat(29)}`;
    const other = `${'a'.repeat(70)}-${'c'.repeat(29)}`;
    const objects = made({ components: { queues: [{ name: queue }, { name: other }] } }, { separate: true });
    const components = [queue, other].map((name) => {
      const { template, selector } = named(objects, 'Deployment', `brain-queue-${name}`).spec as unknown as {
        template: PodTemplate;
        selector: { matchLabels: Record<string, string> };
      };
      expect(template.metadata.labels).toMatchObject(selector.matchLabels);
      for (const container of template.spec.containers) expect(container.name.length).toBeLessThanOrEqual(63);
      return selector.matchLabels['app.kubernetes.io/component'] ?? '';
    });
    expect(components.every((component) => component.length <= 63)).toBe(true);
    expect(new Set(components).size).toBe(2);
  });
});

describe('a disruption budget', () => {
  const budgets = (input: Partial<LeadPlatformSpecInput>, decision: DecisionInput) =>
    made(input, { separate: true, ...decision })
      .filter(({ kind }) => kind === 'PodDisruptionBudget')
      .map(({ metadata }) => metadata.name);

  it.each<[string, Partial<LeadPlatformSpecInput>, DecisionInput, readonly string[]]>([
    ['nothing has a floor of two', {}, { tier: { to: 'separated' } }, []],
    ['the tier gives ingest a floor of three', {}, { tier: { to: 'scaled' } }, ['brain-ingest']],
    [
      'the user gives sync a floor of two',
      { components: { sync: { replicas: { min: 2 } } } },
      {},
      ['brain-sync'],
    ],
    [
      'the platform runs on several servers',
      {},
      { capabilities: [{ name: 'multiple-app-servers', required: true, consent: 'Given' }] },
      ['brain-ingest', 'brain-sync', 'brain-queue-default'],
    ],
    [
      'somebody declined several servers',
      {},
      { capabilities: [{ name: 'multiple-app-servers', required: true, consent: 'Declined' }] },
      [],
    ],
  ])('is there when %s', (_case, input, decision, names) => {
    expect(budgets(input, decision)).toEqual(names);
  });

  it('always leaves a drain something to evict, and never waits for what is not ready', () => {
    const budget = named(
      made({}, { separate: true, tier: { to: 'scaled' } }),
      'PodDisruptionBudget',
      'brain-ingest',
    );
    expect(budget.spec).toMatchObject({ maxUnavailable: '25%', unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    expect(budget.spec).not.toHaveProperty('minAvailable');
  });

  it('comes with a spread over nodes that refuses nobody when there are several servers', () => {
    const objects = made(
      {},
      {
        separate: true,
        capabilities: [{ name: 'multiple-app-servers', required: false, consent: 'Given' }],
      },
    );
    expect(pod(objects, 'ingest').spec).toMatchObject({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    });
  });
});
