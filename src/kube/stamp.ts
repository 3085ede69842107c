/** The mark of what was applied last. It tells a change of ours from a change by somebody else. */
import { shortHash } from './hash.ts';
import { APPLIED_ANNOTATION } from './labels.ts';
import type { KubeObject } from './object.ts';

/** The object with the hash of itself as an annotation. */
export function stamped(object: KubeObject): KubeObject {
  const annotations = { ...object.metadata.annotations, [APPLIED_ANNOTATION]: shortHash(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The hash that `stamped` put on. */
export function stampOf(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[APPLIED_ANNOTATION];
}
