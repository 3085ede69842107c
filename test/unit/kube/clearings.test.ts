import { describe, expect, it } from 'vitest';
import { clearings, sizeAlone } from '../../../src/kube/clearings.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

type Fields = Record<string, unknown>;

const object = (kind: string, spec: Fields): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'thing' },
  spec,
});
/** What pods have in these tests. */
const pods = (spec: Fields) => object('Deployment', { template: { spec } });
const container = (fields: Fields) => pods({ containers: [{ name: 'web', ...fields }] });
const budget = (spec: Fields) => object('PodDisruptionBudget', spec);
const service = (...ports: Fields[]) => object('Service', { ports });

/** The spec after the gentlest patch. */
function cleared(wanted: KubeObject, live: KubeObject): unknown {
  const [patch] = clearings(wanted, live);
  const { spec } = merged(live, patch ?? {}) as { spec: unknown };
  return spec;
}

/** RFC 7386, as the API server has it. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Fields = { ...(target as Fields | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

const SECRET = { secretKeyRef: { name: 's', key: 'k' } };
const CONFIG = { configMapKeyRef: { name: 'c', key: 'k' } };
const HTTP = { httpGet: { path: '/up', port: 'http' }, periodSeconds: 5 };

describe('what stands beside a field of ours and must not', () => {
  it.each<[string, KubeObject, KubeObject, KubeObject]>([
    [
      'the source of a variable that has a value',
      container({ env: [{ name: 'A', value: '1' }] }),
      container({ env: [{ name: 'A', valueFrom: SECRET }] }),
      container({ env: [{ name: 'A', value: '1' }] }),
    ],
    [
      'the value of a variable that has a source',
      container({ env: [{ name: 'A', valueFrom: SECRET }] }),
      container({ env: [{ name: 'A', value: '1' }] }),
      container({ env: [{ name: 'A', valueFrom: SECRET }] }),
    ],
    [
      'another kind of source',
      container({ env: [{ name: 'A', valueFrom: SECRET }] }),
      container({ env: [{ name: 'A', valueFrom: CONFIG }] }),
      container({ env: [{ name: 'A', valueFrom: SECRET }] }),
    ],
    [
      'the same variable again',
      container({ env: [{ name: 'A', value: '1' }] }),
      container({ env: [{ name: 'A', value: '1' }, { name: 'X' }, { name: 'A', value: '2' }] }),
      container({ env: [{ name: 'A', value: '1' }, { name: 'X' }] }),
    ],
    [
      'another handler of a probe',
      container({ livenessProbe: HTTP }),
      container({ livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 9, successThreshold: 1 } }),
      container({ livenessProbe: { ...HTTP, successThreshold: 1 } }),
    ],
    [
      'another handler of a hook',
      container({ lifecycle: { preStop: { sleep: { seconds: 5 } } } }),
      container({ lifecycle: { preStop: { exec: { command: ['true'] } }, postStart: { exec: {} } } }),
      container({ lifecycle: { preStop: { sleep: { seconds: 5 } }, postStart: { exec: {} } } }),
    ],
    [
      'another source of a volume, and no other volume',
      pods({ volumes: [{ name: 'a', emptyDir: {} }] }),
      pods({
        volumes: [
          { name: 'b', hostPath: { path: '/b' } },
          { name: 'a', hostPath: { path: '/a' } },
        ],
      }),
      pods({
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', hostPath: { path: '/b' } },
        ],
      }),
    ],
    [
      'the other bound of a budget',
      budget({ maxUnavailable: '25%' }),
      budget({ minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
      budget({ maxUnavailable: '25%', unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
    ],
    [
      'a port of a Service by the same name',
      service({ name: 'http', port: 80 }),
      service({ name: 'http', port: 8_080 }, { name: 'metrics', port: 9_090 }),
      service({ name: 'http', port: 80 }, { name: 'metrics', port: 9_090 }),
    ],
    [
      'a port of a Service without a name',
      service({ name: 'http', port: 80 }),
      service({ port: 8_080 }),
      service({ name: 'http', port: 80 }),
    ],
    [
      'the same number by another protocol and the same name',
      service({ name: 'http', port: 80, protocol: 'TCP' }),
      service({ name: 'http', port: 80, protocol: 'UDP' }),
      service({ name: 'http', port: 80, protocol: 'TCP' }),
    ],
    [
      'a port of a container by the same name, and none without a name',
      container({ ports: [{ name: 'http', containerPort: 8_080 }] }),
      container({ ports: [{ name: 'http', containerPort: 3_000 }, { containerPort: 9_090 }] }),
      container({ ports: [{ name: 'http', containerPort: 8_080 }, { containerPort: 9_090 }] }),
    ],
    [
      'a limit below our request, and no other',
      container({ resources: { requests: { cpu: '0.5' } } }),
      container({ resources: { requests: { cpu: '100m' }, limits: { cpu: '200m', memory: '1Gi' } } }),
      container({ resources: { requests: { cpu: '0.5' }, limits: { memory: '1Gi' } } }),
    ],
    [
      'a request above our limit',
      container({ resources: { limits: { memory: '1Gi' } } }),
      container({ resources: { limits: { memory: '4Gi' }, requests: { memory: '2Gi', cpu: '1' } } }),
      container({ resources: { limits: { memory: '1Gi' }, requests: { cpu: '1' } } }),
    ],
    [
      'a profile of the node beside the one of the runtime',
      pods({ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }),
      pods({ securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'a' }, fsGroup: 1 } }),
      pods({ securityContext: { seccompProfile: { type: 'RuntimeDefault' }, fsGroup: 1 } }),
    ],
    [
      'all rights beside the denial of more',
      container({ securityContext: { allowPrivilegeEscalation: false } }),
      container({ securityContext: { allowPrivilegeEscalation: true, privileged: true, runAsUser: 5 } }),
      container({ securityContext: { allowPrivilegeEscalation: false, runAsUser: 5 } }),
    ],
    [
      'how to roll, where pods are replaced at once',
      object('Deployment', { strategy: { type: 'Recreate' } }),
      object('Deployment', { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
      object('Deployment', { strategy: { type: 'Recreate' } }),
    ],
    [
      'a wait beyond our deadline',
      object('Deployment', { progressDeadlineSeconds: 600 }),
      object('Deployment', { progressDeadlineSeconds: 900, minReadySeconds: 700, paused: true }),
      object('Deployment', { progressDeadlineSeconds: 600, paused: true }),
    ],
  ])('%s goes', (_case, wanted, live, after) => {
    expect(cleared(wanted, live)).toEqual(after['spec']);
  });

  it.each<[string, KubeObject, KubeObject]>([
    [
      'a sidecar, a label and a variable of others',
      container({ env: [{ name: 'A', value: '1' }] }),
      pods({
        containers: [
          { name: 'web', env: [{ name: 'A', value: '2' }, { name: 'X' }], tty: true },
          { name: 'x' },
        ],
      }),
    ],
    [
      'a limit above our request',
      container({ resources: { requests: { cpu: '500m' } } }),
      container({ resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } }),
    ],
    [
      'the bound of a budget that has none of ours',
      budget({ selector: { matchLabels: { a: '1' } } }),
      budget({ selector: {}, minAvailable: 1 }),
    ],
    [
      'a port of its own name and number',
      service({ name: 'http', port: 80 }),
      service({ name: 'http', port: 80, nodePort: 30_080 }, { name: 'metrics', port: 9_090 }),
    ],
  ])('%s stays: nothing is cleared away but the rest of what pods have', (_case, wanted, live) => {
    const patches = clearings(wanted, live);
    // The one that is left makes the spec of pods ours alone, and leaves whatever is not of pods.
    const isOfPods = wanted.kind === 'Deployment';
    expect(patches).toHaveLength(isOfPods ? 1 : 0);
    if (isOfPods) expect(merged(live, patches[0])).toMatchObject({ spec: wanted['spec'] });
  });
});

describe('where that is not enough', () => {
  const wanted = object('Deployment', {
    replicas: 3,
    template: { metadata: { labels: { a: '1' } }, spec: { containers: [{ name: 'web', image: 'new' }] } },
  });
  const live = object('Deployment', {
    replicas: 1,
    paused: true,
    template: {
      metadata: { labels: { a: '1' }, annotations: { theirs: '1' } },
      spec: { containers: [{ name: 'web', image: 'old', tty: true }, { name: 'x' }], hostNetwork: true },
    },
  });

  it('the spec of pods becomes ours alone, and the rest stays', () => {
    const last = clearings(wanted, live).at(-1);
    expect(merged(live, last)).toEqual({
      ...live,
      spec: {
        replicas: 3,
        paused: true,
        template: {
          metadata: { labels: { a: '1' }, annotations: { theirs: '1' } },
          spec: { containers: [{ name: 'web', image: 'new' }] },
        },
      },
    });
  });

  it('never touches metadata or status, which have no bounds of ours', () => {
    for (const patch of clearings(wanted, { ...live, status: { replicas: 1 } }))
      expect(Object.keys(patch)).toEqual(['spec']);
  });

  it.each([
    [3, 1, { spec: { replicas: 3 } }],
    [0, 1, { spec: { replicas: 0 } }],
    [3, 3, undefined],
    [undefined, 3, undefined],
  ])('of a size of %j where there are %j the size alone is written: %j', (size, before, patch) => {
    const sized = (replicas: number | undefined) =>
      object('Deployment', { ...(replicas !== undefined && { replicas }) });
    expect(sizeAlone(sized(size), sized(before))).toEqual(patch);
  });

  it('is nothing for an object without a spec', () => {
    expect(sizeAlone({ ...wanted, spec: undefined }, live)).toBeUndefined();
  });
});
