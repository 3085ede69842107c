/** Carries out a plan's actions in order. The first error ends it: the next pass starts from what is then true. */
import { nominalWaitMs } from '../../src/model/backoff.ts';
import { ADOPT_ANNOTATION } from '../../src/api/names.ts';
import { clearings, sizeAlone } from '../../src/kube/clearings.ts';
import { keptFor, MANAGED_BY_LABEL } from '../../src/kube/labels.ts';
import { lostBy } from '../../src/kube/lost-owner.ts';
import { childKey } from '../../src/kube/object.ts';
import type { Action } from '../../src/plan/types.ts';
import type { ChildKind } from '../../src/kube/object.ts';
import type { WriteFailure } from '../../src/cluster/snapshot.ts';
import { writeChild } from '../runtime/children.ts';
import { isFenced } from '../runtime/errors.ts';
import type { KubeObject, ManagedFieldsEntry, Resources } from '../runtime/resources.ts';
import { controllerOf, keyOf } from '../runtime/resources.ts';
import { asLastingFault, asRefusal, isServerFault } from './failures.ts';
import { CHILD_TYPES, FIELD_MANAGER } from './kinds.ts';
import type { PlatformState } from './platform-state.ts';
import type { ClusterCache } from './cluster-cache.ts';

export interface Applier {
  readonly resources: Resources;
  readonly cache: ClusterCache;
}

/** How long a refused write waits before it is tried again unchanged: 1 s, 2 s, 4 s … 30 s. */
const FIRST_HOLD_MS = 1_000;
const LONGEST_HOLD_MS = 30_000;
/** A server that fails one write so often in a row is news; before that, it may be one that restarts. */
const LASTS_AFTER = 4;

export interface Applied {
  /** What went through, in order. */
  readonly done: readonly Action[];
  /** What ended it before the end. */
  readonly error?: Error;
  /** That write is held back for a while, in `state.held`, and the rest need not wait for it. */
  readonly isHeld?: boolean;
}

/**
 * Carries out the actions until one fails, and remembers what went through and what was refused. What was refused a
 * moment ago is left out: a pass comes with every reading, and would be refused again. Rejects only when this process may
 * not write any more.
 */
export async function applyActions(
  applier: Applier,
  platform: { readonly name: string; readonly uid: string },
  actions: readonly Action[],
  state: PlatformState,
  now: number,
  signal: AbortSignal,
): Promise<Applied> {
  const done: Action[] = [];
  // A child that is no longer wanted is no longer refused either.
  const wanted = new Set(actions.map(({ object }) => childKey(object)));
  forgetFailures(state, (key) => !wanted.has(key));
  for (const action of actions) {
    const key = childKey(action.object);
    const [kind, name] = [action.object.kind as ChildKind, action.object.metadata.name];
    const fingerprint = action.do === 'delete' ? 'delete' : action.fingerprint;
    const held = state.held[key]?.fingerprint === fingerprint ? state.held[key] : undefined;
    // Not for longer than ever: the clock may have been set back.
    if (held !== undefined && now < held.until && held.until - now <= LONGEST_HOLD_MS) continue;
    try {
      signal.throwIfAborted();
      await carryOut(applier, platform, action, kind, signal);
    } catch (error) {
      if (isFenced(error)) throw error;
      const attempt = (held?.attempt ?? 0) + 1;
      const refusal =
        asRefusal(error, platform.name) ?? (attempt < LASTS_AFTER ? undefined : asLastingFault(error));
      if (refusal !== undefined) state.failures = withFailure(state.failures, { kind, name, ...refusal });
      const isHeld = refusal !== undefined || isServerFault(error);
      if (isHeld) {
        const hold = nominalWaitMs({ baseMs: FIRST_HOLD_MS, maxMs: LONGEST_HOLD_MS }, attempt - 1);
        state.held = { ...state.held, [key]: { fingerprint, attempt, until: now + hold } };
      }
      return { done, isHeld, error: error instanceof Error ? error : new Error(String(error)) };
    }
    done.push(action);
    forgetFailures(state, (failed) => failed === key);
    // A copy: what a pass looks at does not change under it.
    const lastWrites = new Map(state.lastWrites);
    if (action.do === 'delete') lastWrites.delete(key);
    else lastWrites.set(key, { fingerprint: action.fingerprint, attempt: action.attempt, at: now });
    state.lastWrites = lastWrites;
  }
  return { done };
}

/** What is refused again keeps its place, and the list itself where the words are the same: nothing has changed. */
function withFailure(failures: readonly WriteFailure[], failure: WriteFailure): readonly WriteFailure[] {
  const at = failures.findIndex(({ kind, name }) => kind === failure.kind && name === failure.name);
  if (at < 0) return [...failures, failure];
  const { reason, message } = failures[at]!;
  return reason === failure.reason && message === failure.message ? failures : failures.with(at, failure);
}

/** Leaves the list itself alone where there is nothing to forget: whoever kept it sees that nothing changed. */
function forgetFailures(state: PlatformState, isOver: (key: string) => boolean): void {
  const kept = state.failures.filter(({ kind, name }) => !isOver(`${kind}/${name}`));
  if (kept.length !== state.failures.length) state.failures = kept;
  const held = Object.entries(state.held);
  const left = held.filter(([key]) => !isOver(key));
  if (left.length !== held.length) state.held = Object.fromEntries(left);
}

async function carryOut(
  { resources, cache }: Applier,
  platform: { readonly name: string; readonly uid: string },
  action: Action,
  kind: ChildKind,
  signal: AbortSignal,
): Promise<void> {
  const type = CHILD_TYPES[kind];
  const object = action.object;
  const key = keyOf(object);
  if (action.do === 'delete') {
    const { namespace, name } = action.object.metadata;
    await resources.delete(type, { namespace, name }, { uid: action.uid, signal });
    cache.deletedChild(kind, key, action.uid);
    return;
  }
  if (action.do === 'adjust') {
    const { namespace, name, resourceVersion } = action.object.metadata;
    const { annotations, spec } = action.change;
    const patch = { metadata: { resourceVersion, annotations }, ...(spec !== undefined && { spec }) };
    const options = { fieldManager: FIELD_MANAGER, signal };
    cache.wroteChild(kind, await resources.mergePatch(type, { namespace, name }, patch, options));
    return;
  }
  const written = await writeChild(resources, type, object, {
    fieldManager: FIELD_MANAGER,
    observed: action.do === 'apply' ? cache.child(kind, key) : undefined,
    isOurs: (live) =>
      controllerOf(live)?.uid === platform.uid ||
      keptFor(live) === platform.name ||
      lostBy(live) === platform.name ||
      mayBeAdopted(live, platform.name),
    restorer: (live) => (lostBy(live) === platform.name ? wroteOurLabels : undefined),
    clearings: (live) => clearings(action.object, live),
    meanwhile: (live) => sizeAlone(action.object, live),
    signal,
  });
  cache.wroteChild(kind, written.object);
}

/** Whoever owns the object has written on it that this platform may take it over, and nothing else controls it. */
function mayBeAdopted(live: KubeObject, platform: string): boolean {
  return live.metadata.annotations?.[ADOPT_ANNOTATION] === platform && controllerOf(live) === undefined;
}

/** Whoever restored a child has written its labels with it. */
function wroteOurLabels({ fieldsV1 }: ManagedFieldsEntry): boolean {
  const { 'f:metadata': metadata } = (fieldsV1 ?? {}) as { 'f:metadata'?: { 'f:labels'?: object } };
  return Object.hasOwn(metadata?.['f:labels'] ?? {}, `f:${MANAGED_BY_LABEL}`);
}
