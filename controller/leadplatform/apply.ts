/** Carries out a plan's actions in order. The first error ends it: the next pass starts from what is then true. */
import { ADOPT_ANNOTATION } from '../../src/api/names.ts';
import type { Action, ChildKind } from '../../src/plan/types.ts';
import { writeChild } from '../runtime/children.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { controllerOf, keyOf } from '../runtime/resources.ts';
import { CHILD_TYPES, FIELD_MANAGER } from './kinds.ts';
import type { World } from './world.ts';

export interface Applier {
  readonly resources: Resources;
  readonly world: World;
}

/** Resolves with how many actions changed something. */
export async function applyActions(
  { resources, world }: Applier,
  platform: { readonly name: string; readonly uid: string },
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<number> {
  let writes = 0;
  for (const action of actions) {
    signal.throwIfAborted();
    const kind = action.object.kind as ChildKind;
    const type = CHILD_TYPES[kind];
    const object = action.object as KubeObject;
    const key = keyOf(object);
    if (action.do === 'delete') {
      await resources.delete(
        type,
        { namespace: object.metadata.namespace, name: object.metadata.name ?? '' },
        {
          uid: action.uid,
          signal,
        },
      );
      world.deletedChild(kind, key, action.uid);
      writes++;
      continue;
    }
    const written = await writeChild(resources, type, object, {
      fieldManager: FIELD_MANAGER,
      observed: action.do === 'apply' ? world.child(kind, key) : undefined,
      isOurs: (live) => controllerOf(live)?.uid === platform.uid || mayBeAdopted(live, platform.name),
      signal,
    });
    world.wroteChild(kind, written.object);
    if (written.outcome !== 'unchanged') writes++;
  }
  return writes;
}

/** Whoever owns the object has written on it that this platform may take it over, and nothing else controls it. */
function mayBeAdopted(live: KubeObject, platform: string): boolean {
  return live.metadata.annotations?.[ADOPT_ANNOTATION] === platform && controllerOf(live) === undefined;
}
