/**
 * A platform in the middle of something, as the operator of an earlier version left it on an API server: taken down, and put
 * onto another API server. There it has another namespace, other UIDs, and servers at other ports; nothing else differs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CHILD_TYPES,
  FIELD_MANAGER,
  LEAD_PLATFORMS,
  type LeadPlatformObject,
} from '../../../controller/leadplatform/kinds.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import {
  apiVersionOf,
  type KubeObject,
  type ObjectMeta,
  Resources,
  type ResourceType,
} from '../../../controller/runtime/resources.ts';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { isoTime } from '../../../src/text/time.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { testbed } from '../support.ts';
import type { Scene } from './scenes.ts';

/** Of the platform in every scene. */
export const PLATFORM = 'brain';

/** Parents before what is theirs. */
const KINDS = [
  'ServiceAccount',
  'ConfigMap',
  'Service',
  'PodDisruptionBudget',
  'StatefulSet',
  'Deployment',
  'CronJob',
  'Job',
] as const;

export interface Recording {
  /** Of the earlier version. */
  readonly commit: string;
  /** When it was ended. */
  readonly at: string;
  readonly namespace: string;
  /** Of the servers that its spec names. */
  readonly ports: readonly number[];
  readonly platform: LeadPlatformObject;
  readonly children: readonly KubeObject[];
  /** What it had told by then. */
  readonly events: readonly Told[];
}

type WithStatus = KubeObject & { readonly status?: unknown; readonly spec?: Record<string, unknown> };

const fileOf = (name: Scene['name']): string => join(import.meta.dirname, 'recorded', `${name}.json`);

/** A line an object: what differs from one recording to the next can be read. */
export async function keep(name: Scene['name'], { children, ...rest }: Recording): Promise<void> {
  const lines = children.map((child) => `    ${JSON.stringify(child)}`).join(',\n');
  const facts = Object.entries(rest).map(([key, value]) => `  "${key}": ${JSON.stringify(value)},\n`);
  await writeFile(fileOf(name), `{\n${facts.join('')}  "children": [\n${lines}\n  ]\n}\n`);
}

export async function kept(name: Scene['name']): Promise<Recording> {
  return JSON.parse(await readFile(fileOf(name), 'utf8')) as Recording;
}

/** Takes down what is there. */
export async function record(
  namespace: string,
  facts: Pick<Recording, 'commit' | 'at' | 'ports'>,
): Promise<Recording> {
  const { cluster } = testbed();
  const platform = await objectsOf(cluster).find<LeadPlatformObject>('leadplatform', PLATFORM, namespace);
  if (platform === undefined) throw new Error(`There is no LeadPlatform ${namespace}/${PLATFORM}`);
  const labelSelector = `app.kubernetes.io/instance=${PLATFORM}`;
  const kinds = KINDS.map((kind) => CHILD_TYPES[kind].plural).join();
  const children = await objectsOf(cluster).list<WithStatus>(kinds, { namespace, labelSelector });
  return {
    ...facts,
    namespace,
    platform,
    children: children.map(({ status: _status, metadata, ...child }) => ({
      ...child,
      metadata: {
        ...metadata,
        managedFields: (metadata.managedFields ?? []).filter(({ subresource }) => subresource === undefined),
      },
    })),
    events: await eventsIn(namespace),
  };
}

export interface Told {
  readonly name: string;
  readonly reason: string;
  readonly message: string;
}

/** The platform's events, in the order in which they were written last. */
export async function eventsIn(namespace: string): Promise<Told[]> {
  const fieldSelector = `involvedObject.kind=LeadPlatform,involvedObject.name=${PLATFORM}`;
  const events = await objectsOf(testbed().cluster).list<KubeObject & Told>('events', {
    namespace,
    fieldSelector,
  });
  return events
    .toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .map(({ metadata: { name }, reason, message }) => ({ name, reason, message }));
}

/** Puts a recording into a namespace; no operator runs. Back with the platform as it is there. */
export async function restore(
  recording: Recording,
  namespace: string,
  ports: readonly number[],
): Promise<LeadPlatformObject> {
  const resources = new Resources(
    (await loadKube({ kubeconfig: testbed().cluster.kubeconfigPath })).client(),
  );
  const here = translate(recording, [
    [recording.namespace, namespace],
    ...recording.ports.map((port, index) => [String(port), String(ports[index])] as const),
  ]);
  const { uid } = (await restorePlatform(resources, here.platform)).metadata;
  const owned = translate(here.children, [[here.platform.metadata.uid ?? '', uid ?? '']]);
  for (const child of owned) await restoreChild(resources, child);
  const status = laterBy(Date.now() - Date.parse(recording.at), here.platform.status ?? {});
  const options = { fieldManager: FIELD_MANAGER };
  return resources.applyStatus(LEAD_PLATFORMS, here.platform, status, options);
}

function translate<T>(value: T, words: readonly (readonly [from: string, to: string])[]): T {
  const text = words.reduce(
    (so, [from, to]) => so.replaceAll(new RegExp(`(?<![\\w-])${from}(?![\\w-])`, 'g'), to),
    JSON.stringify(value),
  );
  return JSON.parse(text) as T;
}

/** With the generation that it had: a status says which one it is about. */
async function restorePlatform(
  resources: Resources,
  { metadata, spec }: LeadPlatformObject,
): Promise<LeadPlatformObject> {
  const { generation = 1 } = metadata;
  const of = (image: string | undefined): LeadPlatformObject => ({
    apiVersion: apiVersionOf(LEAD_PLATFORMS),
    kind: LEAD_PLATFORMS.kind,
    metadata: ofUsers(metadata),
    spec: { ...(spec as object), ...(image !== undefined && { image }) },
  });
  const options = { fieldManager: 'user' };
  let live = await resources.create(
    LEAD_PLATFORMS,
    of(generation > 1 ? 'registry.example/brain:1' : undefined),
    options,
  );
  for (let next = 2; next <= generation; next++) {
    const image = next < generation ? `registry.example/brain:${next}` : undefined;
    live = await resources.apply(LEAD_PLATFORMS, of(image), options);
  }
  return live;
}

/** With the field managers that it had: they say whose each field is. */
async function restoreChild(resources: Resources, child: WithStatus): Promise<void> {
  const type = CHILD_TYPES[child.kind as (typeof KINDS)[number]] as ResourceType<WithStatus>;
  const { name, namespace, managedFields } = child.metadata;
  const object: WithStatus = {
    ...child,
    apiVersion: apiVersionOf(type),
    metadata: ofUsers(child.metadata),
    ...(child.spec && { spec: withoutAssigned(child.spec) }),
  };
  const options = { fieldManager: FIELD_MANAGER };
  await resources.create(type, object, options);
  await resources.mergePatch(type, { name, namespace }, { metadata: { managedFields } }, options);
}

/** What the API server takes from whoever creates an object. */
const ofUsers = (metadata: ObjectMeta): ObjectMeta =>
  Object.fromEntries(
    Object.entries(metadata).filter(([key]) =>
      ['name', 'namespace', 'labels', 'annotations', 'ownerReferences'].includes(key),
    ),
  ) as ObjectMeta;

/** Without what the API server assigns to each object anew. */
function withoutAssigned({ clusterIP: _ip, clusterIPs: _ips, ...spec }: Record<string, unknown>) {
  const { selector: _selector, template, ...job } = spec;
  if (!('completionMode' in spec)) return spec;
  const { metadata, ...pod } = template as { metadata: { labels: Record<string, string> } };
  const labels = Object.entries(metadata.labels).filter(([key]) => !/(controller-uid|job-name)$/.test(key));
  return { ...job, template: { ...pod, metadata: { ...metadata, labels: Object.fromEntries(labels) } } };
}

/** Times that are waited from have come nearer. Since when the tier holds names the Jobs of hooks, and stays. */
function laterBy(ms: number, status: LeadPlatformStatus): LeadPlatformStatus {
  const later = (value: unknown, key?: string): unknown => {
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && key !== 'tierSince')
      return isoTime(Date.parse(value) + ms);
    if (Array.isArray(value)) return value.map((each) => later(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, later(each, name)]));
  };
  return later(status) as LeadPlatformStatus;
}
