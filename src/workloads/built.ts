/**
 * Built objects, kept for as long as their spec is: a platform is looked at many times a minute and its objects change
 * rarely, while building and hashing one is most of what a plan costs. One object a child is kept, so it never grows.
 */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { stamped } from '../kube/stamp.ts';
import type { KubeObject } from '../kube/object.ts';

const kept = new WeakMap<
  LeadPlatformSpec,
  Map<string, { readonly inputs: string; readonly object: KubeObject }>
>();

/** `child` names the child; `inputs` is all that it is built from beside the spec. */
export function built(
  spec: LeadPlatformSpec,
  child: string,
  inputs: readonly unknown[],
  build: () => KubeObject,
): KubeObject {
  let children = kept.get(spec);
  if (children === undefined) kept.set(spec, (children = new Map()));
  const key = JSON.stringify(inputs);
  const known = children.get(child);
  if (known?.inputs === key) return known.object;
  const object = stamped(build());
  children.set(child, { inputs: key, object });
  return object;
}
