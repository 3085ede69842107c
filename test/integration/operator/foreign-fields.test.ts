/** Fields that another manager puts beside the operator's own, so that the two together are invalid. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { describeWithCluster, kubectl } from '../support.ts';
import { Rig, eventually } from './rig.ts';
import type { EventReason } from '../../../src/plan/status/event-reasons.ts';

type Fields = Record<string, unknown>;
interface Container extends Fields {
  name: string;
  image: string;
  env: Fields[];
  ports: Fields[];
  resources: { requests: Fields; limits?: Fields };
  startupProbe: Fields;
  lifecycle: { preStop: Fields };
}
interface Workload extends KubeObject {
  spec: Fields & {
    replicas: number;
    template: { spec: { containers: Container[]; volumes: Fields[]; securityContext: Fields } };
  };
  status?: Fields;
}
interface Service extends KubeObject {
  spec: Fields & { ports: Fields[]; selector: Record<string, string> };
}

type Budget = KubeObject & { spec: Fields };
interface Kinds {
  deployment: Workload;
  service: Service;
  poddisruptionbudget: Budget;
}

const IMAGE = 'registry.example/brain';
const SPEC = {
  env: [{ name: 'MODE', value: 'plain' }],
  podTemplate: {
    volumes: [{ name: 'scratch', emptyDir: {} }],
    volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
  },
  components: { ingest: { resources: { requests: { cpu: '500m' } } } },
  transitions: { minReadyTime: '1s' },
} satisfies Partial<LeadPlatformSpecInput>;
const pinned = (replicas: number) => [{ component: 'all-in-one', replicas }];
const FROM_ELSEWHERE = { configMapKeyRef: { name: 'theirs', key: 'mode', optional: true } };

const web = ({ spec }: Workload): Container => {
  const found = spec.template.spec.containers.find(({ name }) => name === 'ingest');
  if (found === undefined) throw new Error('there is no container ingest');
  return found;
};
const mode = (object: Workload): Fields | undefined => web(object).env.find(({ name }) => name === 'MODE');

describeWithCluster('What another manager writes beside a field of ours', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(async () => {
    await rig?.stopOperator();
  });

  /** As `kubectl edit` does: the whole object as it is, with a change. */
  const edit = async <K extends keyof Kinds>(
    kind: K,
    name: string,
    change: (object: Kinds[K]) => unknown,
  ): Promise<void> => {
    await eventually('nobody else writes it at the same moment', async () => {
      const object = await rig.find<Kinds[K]>(kind, name);
      if (object === undefined) throw new Error(`there is no ${kind} ${name}`);
      change(object);
      Reflect.deleteProperty(object.metadata, 'managedFields');
      const input = JSON.stringify(object);
      return kubectl(['replace', '--field-manager=kubectl-edit', '-f', '-'], { input });
    });
  };
  const told = async (platform: string, reason: EventReason): Promise<string[]> =>
    (await rig.events(platform)).filter((event) => event.reason === reason).map(({ message }) => message);

  it.each<{
    touch: string;
    edit: (object: Workload) => void;
    of: (object: Workload) => unknown;
    path: string;
  }>([
    {
      touch: 'value-from',
      edit: (object) => Object.assign(mode(object) ?? {}, { value: undefined, valueFrom: FROM_ELSEWHERE }),
      of: mode,
      path: 'containers[ingest].env[MODE]',
    },
    {
      touch: 'env-twice',
      edit: (object) => web(object).env.push({ name: 'MODE', value: 'theirs' }),
      of: (object) => web(object).env.filter(({ name }) => name === 'MODE'),
      path: 'containers[ingest].env[MODE]',
    },
    {
      touch: 'probe-handler',
      edit: (object) => {
        const { httpGet: _, ...rest } = web(object).startupProbe;
        web(object).startupProbe = { ...rest, tcpSocket: { port: 'http' } };
      },
      of: (object) => web(object).startupProbe,
      path: 'containers[ingest].startupProbe',
    },
    {
      touch: 'hook-handler',
      edit: (object) => (web(object).lifecycle.preStop = { exec: { command: ['true'] } }),
      of: (object) => web(object).lifecycle,
      path: 'containers[ingest].lifecycle',
    },
    {
      touch: 'volume-source',
      edit: ({ spec }) => (spec.template.spec.volumes = [{ name: 'scratch', hostPath: { path: '/etc' } }]),
      of: ({ spec }) => spec.template.spec.volumes,
      path: 'volumes[scratch].hostPath',
    },
    {
      touch: 'limit-below',
      edit: (object) => (web(object).resources = { requests: { cpu: '100m' }, limits: { cpu: '200m' } }),
      of: (object) => web(object).resources,
      path: 'containers[ingest].resources.requests.cpu',
    },
    {
      touch: 'seccomp',
      edit: ({ spec }) =>
        (spec.template.spec.securityContext['seccompProfile'] = {
          type: 'Localhost',
          localhostProfile: 'a.json',
        }),
      of: ({ spec }) => spec.template.spec.securityContext,
      path: 'securityContext.seccompProfile',
    },
    {
      touch: 'port-number',
      edit: (object) => (web(object).ports = [{ name: 'http', containerPort: 9_999 }]),
      of: (object) => web(object).ports,
      path: 'containers[ingest].ports',
    },
  ])(
    '$touch: is set back, told, and stands in the way of no size and no later change',
    async (row) => {
      const name = row.touch;
      const deployment = `${name}-all-in-one`;
      await rig.apply(name, SPEC);
      await rig.standsOn(name, 'single-server');
      const live = async () => {
        const found = await rig.find<Workload>('deployment', deployment);
        if (found === undefined) throw new Error('it is gone');
        return found;
      };
      const before = row.of(await live());

      await edit('deployment', deployment, row.edit);
      await eventually('it is set back', async () => {
        const now = row.of(await live());
        expect(now).toEqual(before);
        return true;
      });
      const repairs = await eventually('an event tells it', async () => {
        const all = await told(name, 'DriftRepaired');
        return all.length > 0 && all;
      });
      expect(repairs.join()).toContain(row.path);

      // And the platform's own change of the same entry, with a size and an image of its own.
      await edit('deployment', deployment, row.edit);
      await rig.apply(name, {
        ...SPEC,
        image: `${IMAGE}:2`,
        env: [{ name: 'MODE', value: 'changed' }],
        replicasPin: pinned(3),
        podTemplate: { ...SPEC.podTemplate, volumes: [{ name: 'scratch', emptyDir: { medium: 'Memory' } }] },
        components: { ingest: { port: 8_001, resources: { requests: { cpu: '600m' } } } },
      });
      await eventually('all of the change is there', async () => {
        const object = await live();
        expect(object.spec.replicas).toBe(3);
        expect(web(object)).toMatchObject({ image: `${IMAGE}:2`, resources: { requests: { cpu: '600m' } } });
        expect(web(object).resources.limits).toBeUndefined();
        expect(mode(object)).toEqual({ name: 'MODE', value: 'changed' });
        expect(web(object).ports).toEqual([{ name: 'http', containerPort: 8_001, protocol: 'TCP' }]);
        expect(object.spec.template.spec.volumes).toEqual([
          { name: 'scratch', emptyDir: { medium: 'Memory' } },
        ]);
        return true;
      });
      await eventually(
        'it is ready',
        async () => (await rig.condition(name, 'Ready'))?.status === 'True',
        60_000,
      );
      expect(await rig.condition(name, 'Stalled')).toMatchObject({ status: 'False' });
      expect(await told(name, 'WriteFailed')).toEqual([]);
    },
    120_000,
  );

  it.each<{ touch: string; ports: Fields[] }>([
    { touch: 'port-edited', ports: [{ name: 'http', port: 8_080, targetPort: 'http' }] },
    { touch: 'port-nameless', ports: [{ port: 8_080, targetPort: 'http' }] },
    { touch: 'port-udp', ports: [{ name: 'http', port: 80, protocol: 'UDP' }] },
  ])(
    '$touch: a Service whose port was edited is set back, and the platform climbs',
    async ({ touch, ports }) => {
      await rig.apply(touch, SPEC);
      await rig.standsOn(touch, 'single-server');
      await rig.stopOperator();
      await edit('service', touch, ({ spec }) => (spec.ports = ports));
      await rig.apply(touch, { ...SPEC, minTier: 'separated' });
      await rig.startOperator();
      await rig.standsOn(touch, 'separated', 90_000);
      const service = await rig.find<Service>('service', touch);
      expect(service?.spec.selector['app.kubernetes.io/component']).toBe('ingest');
      expect(service?.spec.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }]);
    },
    180_000,
  );

  it('a disruption budget that was switched to what must be there says again what may be missing', async () => {
    const spec = { ...SPEC, components: { ingest: { replicas: { min: 2 } } } };
    await rig.apply('budget', spec);
    await rig.standsOn('budget', 'single-server');
    const budget = () => rig.find<Budget>('poddisruptionbudget', 'budget-all-in-one');
    await edit('poddisruptionbudget', 'budget-all-in-one', (object) => {
      delete object.spec['maxUnavailable'];
      object.spec['minAvailable'] = 2;
    });
    await eventually('it is set back', async () => {
      const found = await budget();
      return found?.spec['maxUnavailable'] === '25%' && found.spec['minAvailable'] === undefined;
    });
  }, 90_000);

  it.each<{ what: string; change: (web: Container) => void }>([
    {
      what: 'exec-probe',
      change: (container) => (container['readinessProbe'] = { exec: { command: ['true'] } }),
    },
    {
      what: 'other-port',
      change: (container) => (container.ports = [{ name: 'http', containerPort: 3_000 }]),
    },
  ])(
    'a Deployment with $what that is handed over is adopted',
    async ({ what, change }) => {
      const deployment = `${what}-all-in-one`;
      const labels = {
        'app.kubernetes.io/name': 'leadplatform',
        'app.kubernetes.io/instance': what,
        'app.kubernetes.io/component': 'all-in-one',
      };
      const container = { name: 'ingest', image: `${IMAGE}:0` } as unknown as Container;
      change(container);
      await kubectl(['create', '-f', '-'], {
        input: JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: {
            name: deployment,
            namespace: rig.namespace,
            annotations: { 'leadplatform.io/adopt-by': what },
          },
          spec: {
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [container] } },
          },
        }),
      });
      await rig.apply(what, { ...SPEC, replicasPin: pinned(2) });
      await rig.standsOn(what, 'single-server');
      const found = await rig.find<Workload>('deployment', deployment);
      expect(found?.metadata.ownerReferences).toMatchObject([{ kind: 'LeadPlatform', name: what }]);
      expect(found?.spec.replicas).toBe(2);
      expect(found && web(found)).toMatchObject({
        image: `${IMAGE}:1.4.0`,
        ports: [{ name: 'http', containerPort: 8_080 }],
        readinessProbe: { httpGet: { port: 'http' } },
      });
      expect(found && web(found)['readinessProbe']).not.toHaveProperty('exec');
    },
    90_000,
  );

  it('where a policy refuses what is wanted the size is written all the same, and no event calls it repaired', async () => {
    const name = 'refused';
    const policy = `refused-${rig.namespace}`;
    await rig.apply(name, SPEC);
    await rig.standsOn(name, 'single-server');
    await rig.applyObject({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: policy },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': rig.namespace } },
          resourceRules: [
            { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] },
          ],
        },
        validations: [
          {
            expression: `object.metadata.name != '${name}-all-in-one' || object.spec.template.spec.containers.all(c, !c.image.endsWith(':2'))`,
            message: 'this image is not signed',
          },
        ],
      },
    });
    await rig.applyObject({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: policy },
      spec: { policyName: policy, validationActions: ['Deny'] },
    });
    try {
      // The API server learns of it a moment later.
      await eventually('the policy is in force', async () => {
        const probe = [
          'set',
          'image',
          `deployment/${name}-all-in-one`,
          `ingest=${IMAGE}:2`,
          '--dry-run=server',
        ];
        return kubectl([...probe, '-n', rig.namespace]).then(
          () => false,
          (error: unknown) => String(error).includes('not signed'),
        );
      });
      await rig.apply(name, { ...SPEC, image: `${IMAGE}:2` });
      await eventually('the refusal is told', async () =>
        (await rig.condition(name, 'Stalled'))?.message.includes('this image is not signed'),
      );
      await rig.apply(name, { ...SPEC, image: `${IMAGE}:2`, replicasPin: pinned(3) });
      await eventually('it has three replicas of the image before', async () => {
        const found = await rig.find<Workload>('deployment', `${name}-all-in-one`);
        return found?.spec.replicas === 3 && web(found).image === `${IMAGE}:1.4.0`;
      });
      await edit('deployment', `${name}-all-in-one`, ({ spec }) => (spec.revisionHistoryLimit = 7));
      await rig.apply(name, { ...SPEC, image: `${IMAGE}:2`, replicasPin: pinned(4) });
      await eventually(
        'it has four',
        async () => (await rig.deployment(`${name}-all-in-one`))?.spec.replicas === 4,
      );
      expect(await told(name, 'DriftRepaired')).toEqual([]);
    } finally {
      await kubectl([
        'delete',
        `validatingadmissionpolicybinding/${policy}`,
        `validatingadmissionpolicy/${policy}`,
      ]);
    }
    await eventually(
      'the image follows once it may',
      async () => {
        const found = await rig.find<Workload>('deployment', `${name}-all-in-one`);
        return found?.spec.replicas === 4 && web(found).image === `${IMAGE}:2`;
      },
      90_000,
    );
  }, 180_000);

  it('a foreign key in the selector of the Service is taken out, for no pod has it', async () => {
    await rig.apply('selector', SPEC);
    await rig.standsOn('selector', 'single-server');
    await edit('service', 'selector', ({ spec }) => (spec.selector['theirs'] = 'yes'));
    await eventually('it is gone', async () => {
      const found = await rig.find<Service>('service', 'selector');
      return found !== undefined && !('theirs' in found.spec.selector);
    });
    await eventually('an event names it', async () =>
      (await told('selector', 'DriftRepaired')).some((message) => message.includes('spec.selector.theirs')),
    );
  }, 90_000);
});
