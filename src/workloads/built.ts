/**
 * Built objects, kept for as long as their spec is: a platform is looked at many times a minute and its objects change
 * rarely, while building and hashing one is most of what a plan costs. One object a child is kept, so it never grows.
 */
import { LatestParts, withPartsOf } from '../api/same-parts.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { stamped } from '../kube/stamp.ts';
import type { KubeObject } from '../kube/object.ts';

interface Built {
  /** All that it was built from beside the spec. */
  readonly inputs: string;
  readonly object: KubeObject;
}

/** By platform and child. Several platforms may have one spec. */
const kept = new WeakMap<LeadPlatformSpec, Map<string, Map<string, Built>>>();

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
  let platforms = kept.get(spec);
  if (platforms === undefined) kept.set(spec, (platforms = new Map()));
  let children = platforms.get(platform);
  if (children === undefined) platforms.set(platform, (children = new Map()));
  const key = JSON.stringify(inputs);
  const known = children.get(child);
  if (known?.inputs === key) return known.object;
  // Most of it is as another platform has it; labels and owner are those of its siblings.
  const [sibling] = children.values();
  const object = withPartsOf(parts.share(child, stamped(build())), sibling?.object);
  children.set(child, { inputs: key, object });
  return object;
}
