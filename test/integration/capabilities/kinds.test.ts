/**
 * Every kind that capabilities add to a platform, written as the operator writes, with the rights of the chart: made,
 * changed, left alone where it is another's, removed, and left behind where it holds data.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { applyActions } from '../../../controller/leadplatform/apply.ts';
import { CHILD_TYPES } from '../../../controller/leadplatform/kinds.ts';
import { PlatformStates } from '../../../controller/leadplatform/platform-state.ts';
import { ClusterCache } from '../../../controller/leadplatform/cluster-cache.ts';
import { type Kube, loadKube } from '../../../controller/runtime/kube.ts';
import { readTarget } from '../../../controller/runtime/kubeconfig.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import { Resources } from '../../../controller/runtime/resources.ts';
import type { CapabilityName } from '../../../src/api/names.ts';
import { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import { capabilityMetadata, keptMetadata } from '../../../src/kube/labels.ts';
import { observe } from '../../../src/cluster/observed.ts';
import { removals } from '../../../src/plan/writes/removals.ts';
import { stamped } from '../../../src/kube/stamp.ts';
import { transitionStateOf } from '../../../src/transition/transition.ts';
import type { ChildKind, KubeObject } from '../../../src/kube/object.ts';
import { NOTHING_AROUND, type Snapshot } from '../../../src/cluster/snapshot.ts';
import { writes } from '../../../src/plan/writes/writes.ts';
import { projectFolder, temporaryFolder } from '../../../testbed/folders.ts';
import { eventually } from '../operator/rig.ts';
import { createNamespace, describeWith, kubectl, testbed } from '../support.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Sample {
  readonly kind: ChildKind;
  readonly capability: CapabilityName;
  /** Beside its metadata; and as it is to be afterwards. */
  readonly content: Fields;
  readonly changed: Fields;
  readonly keepsData?: true;
}

const labels = { app: 'sample' };
const container = { name: 'a', image: 'registry.example/sample:1' };
const pods = { metadata: { labels }, spec: { containers: [container] } };
const job = {
  ttlSecondsAfterFinished: 600,
  template: { metadata: { labels }, spec: { containers: [container], restartPolicy: 'Never' } },
};
const statefulSet = { serviceName: 'sample', replicas: 1, selector: { matchLabels: labels }, template: pods };
const backend = (number: number) => ({ service: { name: 'sample', port: { number } } });
const route = (port: number) => ({
  parentRefs: [{ name: 'gateway' }],
  rules: [{ backendRefs: [{ name: 'sample', port }] }],
});
const nodes = (count: number) => ({ version: '9.1.0', nodeSets: [{ name: 'default', count }] });
const cluster = (instances: number) => ({ instances, storage: { size: '1Gi' } });

const SAMPLES: readonly Sample[] = [
  {
    kind: 'ConfigMap',
    capability: 'redis-cache',
    content: { data: { a: '1' } },
    changed: { data: { a: '2' } },
  },
  {
    kind: 'Service',
    capability: 'redis-cache',
    content: { spec: { selector: labels, ports: [{ name: 'a', port: 80 }] } },
    changed: { spec: { selector: labels, ports: [{ name: 'a', port: 81 }] } },
  },
  {
    kind: 'StatefulSet',
    capability: 'dedicated-queue-server',
    content: { spec: statefulSet },
    changed: { spec: { ...statefulSet, replicas: 2 } },
  },
  {
    kind: 'Job',
    capability: 'database-indexes',
    content: { spec: job },
    changed: { spec: { ...job, ttlSecondsAfterFinished: 900 } },
  },
  {
    kind: 'Ingress',
    capability: 'load-balancer',
    content: { spec: { defaultBackend: backend(80) } },
    changed: { spec: { defaultBackend: backend(81) } },
  },
  {
    kind: 'HTTPRoute',
    capability: 'load-balancer',
    content: { spec: route(80) },
    changed: { spec: route(81) },
  },
  {
    kind: 'Cluster',
    capability: 'read-replica',
    content: { spec: cluster(2) },
    changed: { spec: cluster(3) },
  },
  {
    kind: 'RabbitmqCluster',
    capability: 'message-queue',
    content: { spec: { replicas: 1 } },
    changed: { spec: { replicas: 3 } },
  },
  { kind: 'Elasticsearch', capability: 'search', content: { spec: nodes(1) }, changed: { spec: nodes(3) } },
];
const MAY_KEEP_DATA: readonly ChildKind[] = [
  'ConfigMap',
  'Service',
  'StatefulSet',
  'Cluster',
  'RabbitmqCluster',
  'Elasticsearch',
];

const spec = LeadPlatformSpec.parse({ image: 'registry.example/brain:1.4.0' });
const never = new AbortController().signal;

describeWith(['pods', 'engines'], 'With the rights of the chart', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let namespace: string;
  let kube: Kube;
  let cache: ClusterCache;
  let resources: Resources;
  let platform: Snapshot['platform'];
  const states = new PlatformStates();

  beforeAll(async () => {
    namespace = await createNamespace('kinds');
    kube = await loadKube({ kubeconfig: await asTheOperator(namespace, ends) });
    ends.push(() => kube.close());
    const client = kube.client();
    resources = new Resources(client);
    cache = new ClusterCache({ client, namespaces: [namespace], logger: silentLogger });
    cache.start();
    ends.push(() => cache.stop());
    await cache.waitForSync(AbortSignal.timeout(30_000));
    const text = await kubectl(['create', '-o', 'json', '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name: 'brain', namespace },
        spec: { image: spec.image },
      }),
    });
    const { uid = '' } = (JSON.parse(text) as KubeObject).metadata;
    platform = { name: 'brain', namespace, uid, generation: 1, annotations: {} };
  }, 180_000);
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const looked = () =>
    observe(
      {
        platform,
        spec,
        status: {},
        children: cache.childrenOf(platform.uid, `${namespace}/${platform.name}`),
        ...NOTHING_AROUND,
      },
      Date.now(),
    );
  const carryOut = (actions: Parameters<typeof applyActions>[2]) =>
    applyActions(
      { resources, cache },
      platform,
      actions,
      states.of('brain', platform.uid),
      Date.now(),
      never,
    );
  const get = async (kind: ChildKind, name: string): Promise<KubeObject | undefined> => {
    const { group, plural } = CHILD_TYPES[kind];
    const resource = group === '' ? plural : `${plural}.${group}`;
    const text = await kubectl(['get', resource, name, '-n', namespace, '--ignore-not-found', '-o', 'json']);
    return text.trim() === '' ? undefined : (JSON.parse(text) as KubeObject);
  };
  const objectOf = ({ kind, capability, keepsData }: Sample, name: string, content: Fields): KubeObject => {
    const { group, version } = CHILD_TYPES[kind];
    const metadata = keepsData
      ? keptMetadata(platform, spec, name, capability)
      : capabilityMetadata(platform, name, capability);
    return stamped({
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      metadata,
      ...content,
    });
  };
  /** What is written of it until nothing is left to write, as words of the actions. */
  const settle = async (object: KubeObject): Promise<string[]> => {
    const did: string[] = [];
    await eventually('nothing is left to write', async () => {
      const { actions } = writes(looked(), [object]);
      const { done, error } = await carryOut(actions);
      did.push(...done.map((action) => action.do));
      if (error !== undefined) throw error;
      return actions.length === 0;
    });
    return did;
  };
  const remove = async (objects: readonly KubeObject[]) => {
    const observed = looked();
    const gone = removals(observed, objects, transitionStateOf(observed, []));
    return carryOut(gone);
  };

  describe.each(SAMPLES)('a $kind', (sample) => {
    const { kind, content, changed } = sample;
    const name = `sample-${kind.toLowerCase()}`;

    it('is made once, and changed once where something else is wanted', async () => {
      // A Job stays as it was made: the API server lets nobody change its pods.
      const stays = kind === 'Job';
      expect(await settle(objectOf(sample, name, content))).toEqual(['create']);
      expect(await settle(objectOf(sample, name, changed))).toEqual(stays ? [] : ['apply']);
      expect(await get(kind, name)).toMatchObject(stays ? content : changed);
    });

    it('is left alone where another owner has its name', async () => {
      const { apiVersion } = objectOf(sample, 'taken', content);
      await kubectl(['create', '-f', '-'], {
        input: JSON.stringify({ apiVersion, kind, metadata: { name: 'taken', namespace }, ...content }),
      });
      const before = await get(kind, 'taken');
      const { error } = await carryOut(writes(looked(), [objectOf(sample, 'taken', changed)]).actions);
      expect(error?.message).toContain('belongs to');
      expect((await get(kind, 'taken'))?.metadata.uid).toBe(before?.metadata.uid);
      expect(await get(kind, 'taken')).toMatchObject(content);
    });

    it('is removed once nothing needs it', async () => {
      const others = looked()
        .snapshot.children.map(({ object }) => object)
        .filter(({ metadata }) => metadata.name !== name);
      await remove(others);
      await eventually('it is gone', async () => (await get(kind, name)) === undefined);
    });
  });

  it('goes with the LeadPlatform, and stays where it holds data', async () => {
    const kept = SAMPLES.filter(({ kind }) => MAY_KEEP_DATA.includes(kind)).map((sample): Sample => ({
      ...sample,
      keepsData: true,
    }));
    for (const sample of SAMPLES) await settle(objectOf(sample, 'owned', sample.content));
    for (const sample of kept) await settle(objectOf(sample, 'kept', sample.content));
    // Nothing calls for it, and nobody has confirmed that its data may go.
    await remove(
      looked().snapshot.children.flatMap(({ object }) => (object.metadata.name === 'owned' ? [object] : [])),
    );
    await kubectl(['delete', 'leadplatform', 'brain', '-n', namespace, '--timeout=30s']);
    // The garbage collector learns of new kinds every half minute.
    for (const { kind } of SAMPLES)
      await eventually(`the ${kind} is gone`, async () => (await get(kind, 'owned')) === undefined, 120_000);
    for (const { kind, content } of kept) {
      const found = await get(kind, 'kept');
      expect(found).toMatchObject(content);
      expect(found?.metadata.deletionTimestamp).toBeUndefined();
    }
  }, 300_000);
});

/** A kubeconfig of a ServiceAccount that may do what the operator may, and nothing else. */
async function asTheOperator(namespace: string, ends: (() => Promise<unknown>)[]): Promise<string> {
  const manifest = await readFile(join(projectFolder, 'manifests', 'install.yaml'), 'utf8');
  const roles = parseAllDocuments(manifest).map((one) => one.toJS() as KubeObject | null);
  const role = roles.find(
    (one) => one?.kind === 'ClusterRole' && one.metadata.name === 'leadplatform-operator',
  );
  const name = `kinds-${randomBytes(4).toString('hex')}`;
  const metadata = { name, namespace };
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: role?.['rules'] },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ];
  await kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  const token = (await kubectl(['create', 'token', name, '-n', namespace, '--duration=1h'])).trim();
  const folder = await temporaryFolder('kinds');
  ends.push(folder.remove);
  const { cluster: target } = readTarget([testbed().cluster.kubeconfigPath], undefined);
  const path = join(folder.path, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: target }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
