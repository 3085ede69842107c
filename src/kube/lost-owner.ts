/** Children that have lost their owner, as those of a backup that was restored. */
import {
  APPLIED_ANNOTATION,
  COMPONENT_LABEL,
  HISTORY,
  INSTANCE_LABEL,
  isOurs,
  NAME,
  NAME_LABEL,
} from './labels.ts';
import { componentOfName, labelOf } from './names.ts';
import type { KubeObject } from './object.ts';
import { isOfComponent } from './of-component.ts';

/** What a hash of `stamped` looks like. */
const HASH = /^[0-9a-f]{16}$/;
/**
 * The platform whose child this was before it lost its owner: a backup that was restored names none, nor does what a
 * delete with `--cascade=orphan` has left. Told by our labels and the hash of what was applied. A copy that somebody made
 * of a Deployment under another name has those as well, and is no child.
 */
export function lostBy(object: Pick<KubeObject, 'kind' | 'metadata'>): string | undefined {
  const { name, labels = {}, annotations = {}, ownerReferences = [] } = object.metadata;
  if (ownerReferences.some(({ controller }) => controller === true)) return undefined;
  const platform = labels[INSTANCE_LABEL];
  const component = labels[COMPONENT_LABEL];
  if (platform === undefined || !isOurs(labels) || labels[NAME_LABEL] !== NAME) return undefined;
  if (component !== HISTORY && !HASH.test(annotations[APPLIED_ANNOTATION] ?? '')) return undefined;
  if (name !== platform && !name.startsWith(`${platform}-`)) return undefined;
  return !isOfComponent(object) || component === labelOf(componentOfName(platform, name))
    ? platform
    : undefined;
}
