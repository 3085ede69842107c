/** Carries out a plan's actions in order. The first error ends it: the next pass starts from what is then true. */
import { ADOPT_ANNOTATION } from '../../src/api/names.ts';
import { childKey } from '../../src/plan/types.ts';
import type { Action, ChildKind } from '../../src/plan/types.ts';
import { writeChild } from '../runtime/children.ts';
import { isFenced } from '../runtime/errors.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { controllerOf, keyOf } from '../runtime/resources.ts';
import { asRefusal } from './failures.ts';
import { CHILD_TYPES, FIELD_MANAGER } from './kinds.ts';
import type { PlatformMemory } from './memory.ts';
import type { World } from './world.ts';

export interface Applier {
  readonly resources: Resources;
  readonly world: World;
}

/**
 * Carries out the actions until one fails, and remembers what went through and what was refused. Resolves with the error
 * that ended it, if any; rejects only when this process may not write any more.
 */
export async function applyActions(
  applier: Applier,
  platform: { readonly name: string; readonly uid: string },
  actions: readonly Action[],
  memory: PlatformMemory,
  now: number,
  signal: AbortSignal,
): Promise<Error | undefined> {
  // A child that is no longer wanted is no longer refused either.
  const wanted = new Set(actions.map(({ object }) => childKey(object)));
  forgetFailures(memory, (key) => !wanted.has(key));
  for (const action of actions) {
    const key = childKey(action.object);
    const [kind, name] = [action.object.kind as ChildKind, action.object.metadata.name];
    try {
      signal.throwIfAborted();
      await carryOut(applier, platform, action, kind, signal);
    } catch (error) {
      if (isFenced(error)) throw error;
      const refusal = asRefusal(error);
      if (refusal !== undefined) {
        forgetFailures(memory, (failed) => failed === key);
        memory.failures = [...memory.failures, { kind, name, ...refusal }];
      }
      return error instanceof Error ? error : new Error(String(error));
    }
    forgetFailures(memory, (failed) => failed === key);
    const { [key]: _before, ...others } = memory.lastWrites;
    memory.lastWrites =
      action.do === 'delete'
        ? others
        : { ...others, [key]: { fingerprint: action.fingerprint, attempt: action.attempt, at: now } };
  }
  return undefined;
}

/** Leaves the list itself alone where there is nothing to forget: whoever kept it sees that nothing changed. */
function forgetFailures(memory: PlatformMemory, isOver: (key: string) => boolean): void {
  const kept = memory.failures.filter(({ kind, name }) => !isOver(`${kind}/${name}`));
  if (kept.length < memory.failures.length) memory.failures = kept;
}

async function carryOut(
  { resources, world }: Applier,
  platform: { readonly name: string; readonly uid: string },
  action: Action,
  kind: ChildKind,
  signal: AbortSignal,
): Promise<void> {
  const type = CHILD_TYPES[kind];
  const object = action.object as KubeObject;
  const key = keyOf(object);
  if (action.do === 'delete') {
    const { namespace, name } = action.object.metadata;
    await resources.delete(type, { namespace, name }, { uid: action.uid, signal });
    world.deletedChild(kind, key, action.uid);
    return;
  }
  const written = await writeChild(resources, type, object, {
    fieldManager: FIELD_MANAGER,
    observed: action.do === 'apply' ? world.child(kind, key) : undefined,
    isOurs: (live) => controllerOf(live)?.uid === platform.uid || mayBeAdopted(live, platform.name),
    signal,
  });
  world.wroteChild(kind, written.object);
}

/** Whoever owns the object has written on it that this platform may take it over, and nothing else controls it. */
function mayBeAdopted(live: KubeObject, platform: string): boolean {
  return live.metadata.annotations?.[ADOPT_ANNOTATION] === platform && controllerOf(live) === undefined;
}
