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
 *
 * What only the live object has is a difference in two places: beside ours where one alone may be (the source of a
 * volume), and in what Kubernetes replaces as a whole (a selector), for there every key decides what the rest means.
 */
import { sameQuantity } from '../api/kubernetes-quantity.ts';
import type { KubeObject } from './object.ts';
import { own } from '../api/own.ts';
import { rivals } from './alternatives.ts';
import { type Fields, isObject, keyOfItems } from './list-keys.ts';

/**
 * Maps and lists that one manager owns as a whole, and into which the API server fills no defaults. Of lists like the
 * rules of an Ingress that is not so, and they are compared by what is wanted alone.
 */
const WHOLE = new Set([
  'configMapKeyRef',
  'envFrom',
  'labelSelector',
  'nodeSelector',
  'secretKeyRef',
  'selector',
  'tolerations',
]);

/** Whether the field is owned as a whole: nothing of others may be in it. */
export const isWhole = (field: string): boolean => WHOLE.has(field);

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

/**
 * Paths from here on; `field` is what holds the value, `whole` whether it is, or is in, what is owned as a whole. Paths are
 * put together only where something differs.
 */
function compare(wanted: unknown, live: unknown, field: string, whole = isWhole(field)): readonly string[] {
  if (wanted === undefined || wanted === live) return SAME;
  if (live === undefined || live === null) return isEmpty(wanted) ? SAME : ALL;
  if (Array.isArray(wanted)) return Array.isArray(live) ? compareLists(wanted, live, field, whole) : ALL;
  if (isObject(wanted)) return isObject(live) ? compareObjects(wanted, live, field, whole) : ALL;
  return sameScalar(wanted, live) ? SAME : ALL;
}

function compareObjects(wanted: Fields, live: Fields, field: string, whole: boolean): readonly string[] {
  let paths = SAME;
  for (const key of Object.keys(wanted)) {
    const below =
      QUANTITIES.has(field) || key === SIZE_LIMIT
        ? sameQuantity(wanted[key], own(live, key))
          ? SAME
          : ALL
        : compare(wanted[key], own(live, key), key, whole || isWhole(key));
    if (below.length > 0) paths = [...paths, ...below.map((path) => `.${key}${path}`)];
  }
  const foreign = whole
    ? Object.keys(live).filter((key) => own(wanted, key) === undefined && !isEmpty(live[key]))
    : rivals(wanted, live, field);
  return foreign.length === 0 ? paths : [...paths, ...foreign.map((key) => `.${key}`)];
}

function compareLists(
  wanted: readonly unknown[],
  live: readonly unknown[],
  field: string,
  whole: boolean,
): readonly string[] {
  const keyOf = keyOfItems(field, wanted);
  if (keyOf === undefined) {
    const same =
      wanted.length === live.length &&
      wanted.every((item, index) => compare(item, live[index], '', whole).length === 0);
    return same ? SAME : ALL;
  }
  const liveByKey = new Map(live.map((item) => [keyOf(item), item]));
  return wanted.flatMap((item) => {
    const key = keyOf(item);
    return compareItem(item, liveByKey.get(key), field).map((path) => `[${key}]${path}`);
  });
}

/** By the list's field, which says what may stand beside what; the list itself is not what the item is in. */
const compareItem = (wanted: unknown, live: unknown, field: string): readonly string[] =>
  isObject(wanted) && isObject(live) ? compareObjects(wanted, live, field, false) : compare(wanted, live, '');

function sameScalar(wanted: unknown, live: unknown): boolean {
  const mixed = typeof wanted !== typeof live && !isObject(live);
  return mixed && typeof wanted !== 'boolean' && typeof live !== 'boolean' && String(wanted) === String(live);
}

/** What the API server does not store. `false` and 0 are not among them: where it counts, they are stored. */
function isEmpty(value: unknown): boolean {
  if (value === '' || value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}
