/**
 * Built objects, kept for as long as their spec is: a platform is looked at many times a minute and its objects change
 * rarely, while building and hashing one is most of what a plan costs. One object a child is kept, so it never grows.
 */
import { LatestParts } from '../api/same-parts.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { stamped } from '../kube/stamp.ts';
import type { KubeObject } from '../kube/object.ts';

const kept = new WeakMap<
  LeadPlatformSpec,
  Map<string, { readonly inputs: string; readonly object: KubeObject }>
>();

/** Of each child, on any platform: most of what the next one is made of is in it already. */
const parts = new LatestParts();

/**
 * `child` names the child among those of its platform, of which there may be several with one spec; `inputs` is all that it
 * is built from beside the spec.
 */
export function built(
  spec: LeadPlatformSpec,
  { platform, child }: { readonly platform: string; readonly child: string },
  inputs: readonly unknown[],
  build: () => KubeObject,
): KubeObject {
  let children = kept.get(spec);
  if (children === undefined) kept.set(spec, (children = new Map()));
  const key = JSON.stringify(inputs);
  const name = `${platform}/${child}`;
  const known = children.get(name);
  if (known?.inputs === key) return known.object;
  const object = parts.share(child, stamped(build()));
  children.set(name, { inputs: key, object });
  return object;
}
