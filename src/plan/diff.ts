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
import { sameQuantity } from '../api/kubernetes-quantity.ts';
import type { KubeObject } from './types.ts';
import { own } from '../api/own.ts';

type Keyed = readonly string[];
type Fields = Readonly<Record<string, unknown>>;

/** Lists whose items have a name, by the field that holds the list. `ports` is two: of a container and of a Service. */
const KEYS: Readonly<Record<string, readonly Keyed[]>> = {
  containers: [['name']],
  env: [['name']],
  imagePullSecrets: [['name']],
  ports: [['containerPort'], ['port']],
  ownerReferences: [['uid']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
};

const QUANTITIES = new Set(['requests', 'limits']);
/** The one quantity that stands beside fields of other kinds. */
const SIZE_LIMIT = 'sizeLimit';

/** Paths of the fields that differ, like `spec.template.spec.containers[ingest].image`. Never a value. */
export function differences(wanted: KubeObject, live: KubeObject): readonly string[] {
  const { labels, annotations, ownerReferences } = wanted.metadata;
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...content } = wanted;
  return [
    ...compare({ metadata: { labels, annotations, ownerReferences } }, live, ''),
    ...compare(content, live, ''),
  ].map((path) => path.replace(/^\./, ''));
}

const SAME: readonly string[] = [];
/** The value as a whole. */
const ALL: readonly string[] = [''];

/** Paths from here on; `field` is what holds the value. Paths are put together only where something differs. */
function compare(wanted: unknown, live: unknown, field: string): readonly string[] {
  if (wanted === undefined || wanted === live) return SAME;
  if (live === undefined || live === null) return isEmpty(wanted) ? SAME : ALL;
  if (Array.isArray(wanted)) return Array.isArray(live) ? compareLists(wanted, live, field) : ALL;
  if (isObject(wanted)) return isObject(live) ? compareObjects(wanted, live, field) : ALL;
  return sameScalar(wanted, live) ? SAME : ALL;
}

function compareObjects(wanted: Fields, live: Fields, field: string): readonly string[] {
  let paths = SAME;
  for (const key of Object.keys(wanted)) {
    const below =
      QUANTITIES.has(field) || key === SIZE_LIMIT
        ? sameQuantity(wanted[key], own(live, key))
          ? SAME
          : ALL
        : compare(wanted[key], own(live, key), key);
    if (below.length > 0) paths = [...paths, ...below.map((path) => `.${key}${path}`)];
  }
  return paths;
}

function compareLists(
  wanted: readonly unknown[],
  live: readonly unknown[],
  field: string,
): readonly string[] {
  const keys = own(KEYS, field)?.find((names) =>
    wanted.every((item) => isObject(item) && names.every((name) => name in item)),
  );
  if (keys === undefined) {
    const same =
      wanted.length === live.length &&
      wanted.every((item, index) => compare(item, live[index], '').length === 0);
    return same ? SAME : ALL;
  }
  const keyOf = (item: unknown) => (isObject(item) ? keys.map((key) => String(item[key])).join('/') : '');
  const liveByKey = new Map(live.map((item) => [keyOf(item), item]));
  return wanted.flatMap((item) => {
    const key = keyOf(item);
    return compare(item, liveByKey.get(key), '').map((path) => `[${key}]${path}`);
  });
}

function sameScalar(wanted: unknown, live: unknown): boolean {
  const mixed = typeof wanted !== typeof live && !isObject(live);
  return mixed && typeof wanted !== 'boolean' && typeof live !== 'boolean' && String(wanted) === String(live);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the API server does not store. `false` and 0 are not among them: where it counts, they are stored. */
function isEmpty(value: unknown): boolean {
  if (value === '' || value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}
