/**
 * What of a wanted object is not so in the live one. Fields that only the live object has are other people's, or the
 * API server's defaults, and are fine. What Kubernetes writes differently but means the same is no difference:
 *
 * | wanted              | live              |                                      |
 * |---------------------|-------------------|--------------------------------------|
 * | cpu: "0.5"          | cpu: 500m         | quantities, below requests and limits |
 * | maxSurge: "1"       | maxSurge: 1       | int-or-string                        |
 * | env: [], value: ""  | (absent)          | empty values are not stored          |
 * | containers: [a]     | containers: [x, a] | lists by key, whatever else is there |
 */
import { sameQuantity } from './quantity.ts';
import type { KubeObject } from './types.ts';

type Keyed = readonly string[];

/** Lists whose items have a name, by the field that holds the list. `ports` is two: of a container and of a Service. */
const KEYS: Readonly<Record<string, readonly Keyed[]>> = {
  containers: [['name']],
  env: [['name']],
  imagePullSecrets: [['name']],
  ports: [['containerPort'], ['port']],
  ownerReferences: [['uid']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
};

const QUANTITIES = new Set(['requests', 'limits']);

/** Paths of the fields that differ, like `spec.template.spec.containers[ingest].image`. Never a value. */
export function differences(wanted: KubeObject, live: KubeObject): readonly string[] {
  const { labels, annotations, ownerReferences } = wanted.metadata;
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...content } = wanted;
  return [
    ...compare({ labels, annotations, ownerReferences }, live.metadata, 'metadata', ''),
    ...compare(content, live, '', ''),
  ];
}

function compare(wanted: unknown, live: unknown, path: string, field: string): readonly string[] {
  if (wanted === undefined || wanted === live) return [];
  if (live === undefined || live === null) return isEmpty(wanted) ? [] : [path];
  if (Array.isArray(wanted)) return Array.isArray(live) ? compareLists(wanted, live, path, field) : [path];
  if (isObject(wanted)) {
    if (!isObject(live)) return [path];
    const quantities = QUANTITIES.has(field);
    return Object.entries(wanted).flatMap(([key, value]) => {
      const below = path === '' ? key : `${path}.${key}`;
      if (quantities) return sameQuantity(value, live[key]) ? [] : [below];
      return compare(value, live[key], below, key);
    });
  }
  return sameScalar(wanted, live) ? [] : [path];
}

function compareLists(
  wanted: readonly unknown[],
  live: readonly unknown[],
  path: string,
  field: string,
): readonly string[] {
  const keys = KEYS[field]?.find((names) =>
    wanted.every((item) => isObject(item) && names.every((name) => name in item)),
  );
  if (keys === undefined) {
    const same =
      wanted.length === live.length &&
      wanted.every((item, index) => compare(item, live[index], path, '').length === 0);
    return same ? [] : [path];
  }
  const keyOf = (item: unknown) => (isObject(item) ? keys.map((key) => String(item[key])).join('/') : '');
  const liveByKey = new Map(live.map((item) => [keyOf(item), item]));
  return wanted.flatMap((item) => compare(item, liveByKey.get(keyOf(item)), `${path}[${keyOf(item)}]`, ''));
}

function sameScalar(wanted: unknown, live: unknown): boolean {
  const mixed = typeof wanted !== typeof live && !isObject(live);
  return mixed && typeof wanted !== 'boolean' && typeof live !== 'boolean' && String(wanted) === String(live);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the API server does not store. `false` and 0 are not among them: where it counts, they are stored. */
function isEmpty(value: unknown): boolean {
  if (value === '' || value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}
