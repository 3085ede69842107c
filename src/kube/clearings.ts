/**
 * What to take away from a live object whose other managers' fields make ours invalid. Server-side apply merges field by
 * field: a source of a volume that another manager wrote stays beside ours, and the API server refuses the two together,
 * at every write from then on.
 *
 * | beside ours                                     | goes                                              |
 * |-------------------------------------------------|---------------------------------------------------|
 * | another source, handler, bound of a budget      | the other one (`alternatives.ts`)                 |
 * | a port of the same name, or one without a name  | that port                                         |
 * | a limit below our request                       | that limit, or the request above our limit        |
 * | what goes with a type that is not ours          | `rollingUpdate`, `localhostProfile`               |
 * | `privileged`, where we deny gaining rights      | `privileged`                                      |
 * | `minReadySeconds` beyond our deadline           | `minReadySeconds`                                 |
 *
 * Everything else of others stays. Only where that is refused as well, the pods' spec becomes ours alone.
 */
import { own } from '../api/own.ts';
import { rivals } from './alternatives.ts';
import { isWhole } from './diff.ts';
import { type Fields, isObject, keyOfItems } from './list-keys.ts';
import { quantityValue } from '../api/kubernetes-quantity.ts';
import type { KubeObject } from './object.ts';

/** A JSON merge patch: null takes a field away. */
type MergePatch = Fields;

/** Patches that each make the live object hold all that is wanted; the one that takes least away comes first. */
export function clearings(wanted: KubeObject, live: KubeObject): readonly MergePatch[] {
  const some = merged(wanted, live, false);
  const more = merged(wanted, live, true);
  return [...(some.cleared ? [some.patch] : []), ...(isSame(some.patch, more.patch) ? [] : [more.patch])];
}

/** The size alone, for an object of which nothing else can be written; undefined where it has that size. */
export function sizeAlone(wanted: KubeObject, live: KubeObject): MergePatch | undefined {
  const replicasOf = ({ spec }: KubeObject) => (isObject(spec) ? spec['replicas'] : undefined);
  const replicas = replicasOf(wanted);
  return replicas === undefined || replicas === replicasOf(live) ? undefined : { spec: { replicas } };
}

interface Merging {
  /** The spec of pods is ours alone. */
  readonly podsOurs: boolean;
  /** Anything was taken away. */
  cleared: boolean;
}

function merged(
  wanted: KubeObject,
  live: KubeObject,
  podsOurs: boolean,
): { patch: MergePatch; cleared: boolean } {
  const merging: Merging = { podsOurs, cleared: false };
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...content } = wanted;
  const before = Object.fromEntries(Object.keys(content).map((key) => [key, live[key]]));
  return { patch: patchOf(before, mergeObjects(content, before, '', merging)), cleared: merging.cleared };
}

function merge(wanted: unknown, live: unknown, field: string, merging: Merging): unknown {
  if (wanted === undefined) return live;
  if (isWhole(field)) return wanted;
  if (Array.isArray(wanted)) return Array.isArray(live) ? mergeLists(wanted, live, field, merging) : wanted;
  return isObject(wanted) && isObject(live) ? mergeObjects(wanted, live, field, merging) : wanted;
}

function mergeObjects(wanted: Fields, live: Fields, field: string, merging: Merging): Fields {
  const left = own(CLEAR, field)?.(wanted, live) ?? live;
  const gone = new Set(rivals(wanted, left, field));
  merging.cleared ||= left !== live || gone.size > 0;
  const theirs = Object.entries(left).filter(([key]) => !gone.has(key));
  const ours = Object.keys(wanted).map((key) => {
    const isOurs = merging.podsOurs && field === 'template' && key === 'spec';
    return [key, isOurs ? wanted[key] : merge(wanted[key], own(left, key), key, merging)];
  });
  return Object.fromEntries([...theirs, ...ours]) as Fields;
}

function mergeLists(
  wanted: readonly unknown[],
  live: readonly unknown[],
  field: string,
  merging: Merging,
): readonly unknown[] {
  const keyOf = keyOfItems(field, wanted);
  if (keyOf === undefined) return wanted;
  const liveByKey = new Map(live.map((item) => [keyOf(item), item]));
  const keys = new Set(wanted.map(keyOf));
  const theirs = live.filter((item) => !keys.has(keyOf(item)));
  const left = field === 'ports' ? theirs.filter((port) => mayStay(port, wanted)) : theirs;
  // The same key twice is one too many, too: `kubectl edit` lets it pass, and an apply does not.
  merging.cleared ||= left.length < theirs.length || liveByKey.size < live.length;
  const ours = wanted.map((item) => {
    const other = liveByKey.get(keyOf(item));
    return isObject(item) && isObject(other) ? mergeObjects(item, other, field, merging) : item;
  });
  return [...ours, ...left];
}

/** Names of ports are unique; and a Service of several ports has no port without one. */
function mayStay(port: unknown, wanted: readonly unknown[]): boolean {
  if (!isObject(port)) return false;
  const { name } = port;
  if (name === undefined || name === '') return 'containerPort' in port;
  return !wanted.some((ours) => isObject(ours) && ours['name'] === name);
}

const without = (fields: Fields, ...keys: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));

/** Takes a key of others away where a type that is ours does not have it. */
const onlyWith =
  (type: string, key: string) =>
  (wanted: Fields, live: Fields): Fields => {
    const { type: ours = type } = wanted;
    return ours === type || key in wanted || !(key in live) ? live : without(live, key);
  };

/** By the field that holds the object: the live one without what ours cannot stand beside. */
const CLEAR: Readonly<Record<string, (wanted: Fields, live: Fields) => Fields>> = {
  resources: withoutCrossedBounds,
  strategy: onlyWith('RollingUpdate', 'rollingUpdate'),
  updateStrategy: onlyWith('RollingUpdate', 'rollingUpdate'),
  seccompProfile: onlyWith('Localhost', 'localhostProfile'),
  appArmorProfile: onlyWith('Localhost', 'localhostProfile'),
  securityContext: (wanted, live) =>
    wanted['allowPrivilegeEscalation'] === false &&
    wanted['privileged'] === undefined &&
    live['privileged'] === true
      ? without(live, 'privileged')
      : live,
  spec: (wanted, live) => {
    const [deadline, ready] = [wanted['progressDeadlineSeconds'], live['minReadySeconds']];
    const crosses = typeof deadline === 'number' && typeof ready === 'number' && ready >= deadline;
    return crosses && wanted['minReadySeconds'] === undefined ? without(live, 'minReadySeconds') : live;
  },
};

/** Of a pair of request and limit of which one is ours, the other one goes where the request would be the larger. */
function withoutCrossedBounds(wanted: Fields, live: Fields): Fields {
  const of = (fields: Fields, bound: string): Fields => {
    const amounts = own(fields, bound);
    return isObject(amounts) ? amounts : {};
  };
  const crossed = (bound: 'limits' | 'requests', other: 'limits' | 'requests') =>
    Object.keys(of(live, bound)).filter((name) => {
      if (own(of(wanted, bound), name) !== undefined) return false;
      const theirs = quantityValue(own(of(live, bound), name));
      const ours = quantityValue(own(of(wanted, other), name));
      if (theirs === undefined || ours === undefined) return false;
      return bound === 'limits' ? theirs < ours : theirs > ours;
    });
  const [limits, requests] = [crossed('limits', 'requests'), crossed('requests', 'limits')];
  if (limits.length === 0 && requests.length === 0) return live;
  return {
    ...live,
    ...(limits.length > 0 && { limits: without(of(live, 'limits'), ...limits) }),
    ...(requests.length > 0 && { requests: without(of(live, 'requests'), ...requests) }),
  };
}

/** What leads from one object to the other. Lists are given whole. */
function patchOf(from: Fields, to: Fields): MergePatch {
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, after] = [own(from, key), own(to, key)];
    if (isSame(before, after)) continue;
    if (after === undefined) patch[key] = null;
    else if (isObject(before) && isObject(after)) patch[key] = patchOf(before, after);
    else patch[key] = after;
  }
  return patch;
}

/** The same value, in whatever order its keys are. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => key in b && isSame(a[key], own(b, key)))
  );
}
