/** What stays in a namespace after its platforms are gone, but for what is kept on purpose: what holds data has no owner. */
import { CHILD_TYPES, PODS } from '../../../controller/leadplatform/kinds.ts';
import type { KubeObject, Resources } from '../../../controller/runtime/resources.ts';
import { keptFor } from '../../../src/kube/labels.ts';

/** What Kubernetes makes in every namespace, and what the run itself has put there. */
const NOT_OURS = /^(?:kube-root-ca\.crt|default|postgres)$/;

export async function leftovers(resources: Resources, namespace: string): Promise<readonly string[]> {
  const found: KubeObject[] = [];
  for (const type of [...Object.values(CHILD_TYPES), PODS]) {
    const { items } = await resources.list(type, { namespace });
    // The API server leaves the kind out in a list.
    found.push(...items.map((item) => ({ ...item, kind: type.kind })));
  }
  return behind(found);
}

/** Those that nobody has meant to stay. */
export function behind(objects: readonly KubeObject[]): readonly string[] {
  const holdsData = (object: KubeObject): boolean => keptFor(object) !== undefined;
  const kept = new Set(objects.filter(holdsData).map(({ metadata }) => metadata.uid));
  // A pod of a StatefulSet that is kept, too.
  const isKept = ({ metadata: { uid, ownerReferences = [] } }: KubeObject): boolean =>
    kept.has(uid) || ownerReferences.some((owner) => kept.has(owner.uid));
  return objects
    .filter((object) => !NOT_OURS.test(object.metadata.name ?? '') && !isKept(object))
    .map(({ kind, metadata }) => `${kind ?? ''}/${metadata.name ?? ''}`);
}
