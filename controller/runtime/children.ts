/**
 * How a child comes into being and is kept as it should be.
 *
 *     const { object, outcome } = await writeChild(resources, DEPLOYMENTS, desired, {
 *       fieldManager: 'leadplatform-operator',
 *       observed,                       // from the cache, or undefined
 *     });
 *
 * 1. The first write is a POST. Where the name is taken by an object that is not ours, nothing is touched and
 *    `ChildOwnedByOther` says whose it is.
 * 2. Later writes are server-side applies that carry the child's UID, so that an object which took its name since is
 *    a conflict and never overwritten.
 * 3. A POST records its fields under operation `Update`, which a later apply of the same manager does not replace:
 *    a field dropped then would stay. Before the first apply that record becomes `Apply`; one request, once.
 * 4. An apply that is Invalid may be so for the fields of other managers beside ours. Those that `clearings` names are
 *    taken away, and it is applied again. Where that is Invalid, too, `meanwhile` is written, and the refusal is thrown.
 */
import { isAlreadyExists, isConflict, isInvalid } from './errors.ts';
import type {
  ApplyOptions,
  JsonPatchOperation,
  KubeObject,
  ManagedFieldsEntry,
  ResourceType,
  Resources,
} from './resources.ts';
import { controllerOf } from './resources.ts';

/** There is an object of this name already, and it is not ours. */
export class ChildOwnedByOther extends Error {
  override readonly name = 'ChildOwnedByOther';
  readonly kind: string;
  /** Another object controls it; otherwise somebody made it, and might hand it over. */
  readonly isControlled: boolean;

  /** @param owner Who has it, in words for a condition: `Deployment "x"`, or `nobody`. */
  constructor(kind: string, child: string, owner: string, isControlled: boolean) {
    super(`${kind} "${child}" exists already and belongs to ${owner}; it was left alone`);
    this.kind = kind;
    this.isControlled = isControlled;
  }
}

export interface ChildOptions<T extends KubeObject> extends ApplyOptions {
  /** The child as last seen; undefined when there is none. */
  readonly observed: T | undefined;
  /**
   * Whether an object found under the child's name is ours to write. Default: both name the same controlling owner,
   * by UID. Give one of your own for children without an owner, and to adopt.
   */
  readonly isOurs?: (live: T) => boolean;
  /**
   * For a child that a backup has restored: tells the record of who restored it from the others. The fields in it become
   * ours, or those that are dropped later would stay, as theirs. Undefined for every other child.
   */
  readonly restorer?: (live: T) => ((record: ManagedFieldsEntry) => boolean) | undefined;
  /** Merge patches that make the object what is wanted, and take other managers' fields away; the least first. */
  readonly clearings?: (live: T) => readonly object[];
  /** A merge patch of what can be written even where the rest is refused. */
  readonly meanwhile?: (live: T) => object | undefined;
}

export interface ChildWritten<T extends KubeObject> {
  readonly object: T;
  readonly outcome: 'created' | 'applied' | 'unchanged';
}

export async function writeChild<T extends KubeObject>(
  resources: Resources,
  type: ResourceType<T>,
  desired: T,
  options: ChildOptions<T>,
): Promise<ChildWritten<T>> {
  const isOurs = options.isOurs ?? ((live: T) => sameController(desired, live));
  let live = options.observed;
  if (live === undefined) {
    try {
      return { object: await resources.create(type, desired, options), outcome: 'created' };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      // Either somebody else's, or our own that the cache has not shown us yet.
      live = await resources.get(type, nameOf(desired), options);
    }
  }
  if (!isOurs(live)) {
    const isControlled = controllerOf(live) !== undefined;
    throw new ChildOwnedByOther(type.kind, desired.metadata.name, ownerInWords(live), isControlled);
  }
  const object = await applyTo(resources, type, desired, live, options);
  const unchanged =
    object.metadata.resourceVersion !== undefined &&
    object.metadata.resourceVersion === live.metadata.resourceVersion;
  return { object, outcome: unchanged ? 'unchanged' : 'applied' };
}

/** Rules 2, 3 and 4 above. */
async function applyTo<T extends KubeObject>(
  resources: Resources,
  type: ResourceType<T>,
  desired: T,
  live: T,
  options: ChildOptions<T>,
): Promise<T> {
  const uid = live.metadata.uid;
  const body: T = { ...desired, metadata: { ...desired.metadata, ...(uid !== undefined && { uid }) } };
  const apply = async (to: T): Promise<T> => {
    await claimCreatedFields(resources, type, await inherit(resources, type, to, options), options);
    return await resources.apply(type, body, options);
  };
  try {
    return await apply(live);
  } catch (error) {
    if (!isInvalid(error) || options.clearings === undefined) throw error;
    const cleared = await clear(resources, type, live, options.clearings, options);
    if (cleared !== undefined) return await apply(cleared);
    await writeMeanwhile(resources, type, live, options);
    throw error;
  }
}

/** Takes over what was restored; the object as it is then. */
async function inherit<T extends KubeObject>(
  resources: Resources,
  type: ResourceType<T>,
  observed: T,
  options: ChildOptions<T>,
): Promise<T> {
  const isRestorers = options.restorer?.(observed);
  if (isRestorers === undefined) return observed;
  const live = await resources.get(type, nameOf(observed), options);
  const entries = live.metadata.managedFields ?? [];
  const at = entries.findIndex(
    (entry) => isPlain(entry, entry.manager ?? '', 'Update') && isRestorers(entry),
  );
  const manager = entries[at]?.manager;
  if (manager === undefined || manager === options.fieldManager) return live;
  const path = `/metadata/managedFields/${at}/manager`;
  const operations: JsonPatchOperation[] = [
    { op: 'test', path: '/metadata/uid', value: observed.metadata.uid },
    { op: 'test', path, value: manager },
    { op: 'replace', path, value: options.fieldManager },
  ];
  return await resources.jsonPatch(type, nameOf(live), operations, options);
}

/** How often an object is read again that others write meanwhile, such as the controller that keeps its status. */
const MOST_READS = 4;

/** The object without the fields of others that were in the way; undefined where they are not what is wrong. */
async function clear<T extends KubeObject>(
  resources: Resources,
  type: ResourceType<T>,
  { metadata }: T,
  clearings: (live: T) => readonly object[],
  options: ChildOptions<T>,
): Promise<T | undefined> {
  for (let reads = 1; ; reads += 1) {
    // As it is now: what the cache shows may not hold what was in the way.
    const live = await resources.get(type, nameOf({ metadata }), options);
    if (live.metadata.uid !== metadata.uid) return undefined;
    const { resourceVersion } = live.metadata;
    try {
      for (const patch of clearings(live)) {
        const body = { ...patch, metadata: { resourceVersion } };
        const cleared = await unlessInvalid(resources.mergePatch(type, nameOf(live), body, options));
        if (cleared !== undefined) return cleared;
      }
      return undefined;
    } catch (error) {
      if (!isConflict(error) || reads === MOST_READS) throw error;
    }
  }
}

async function writeMeanwhile<T extends KubeObject>(
  resources: Resources,
  type: ResourceType<T>,
  { metadata }: T,
  options: ChildOptions<T>,
): Promise<void> {
  if (options.meanwhile === undefined) return;
  const live = await resources.get(type, nameOf({ metadata }), options);
  const patch = live.metadata.uid === metadata.uid ? options.meanwhile(live) : undefined;
  if (patch === undefined) return;
  await unlessInvalid(resources.mergePatch(type, nameOf(live), patch, options));
}

async function unlessInvalid<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (isInvalid(error)) return undefined;
    throw error;
  }
}

/**
 * Drops the bulk of `metadata.managedFields` (often half of an object) and keeps what `writeChild` and
 * `managersOf` look at. Made to be, or to be part of, the transform of a `ListWatch`.
 */
export function slimManagedFields<T extends KubeObject>(object: T): T {
  const entries = object.metadata.managedFields;
  if (entries !== undefined) {
    const managedFields = entries.map(({ manager, operation, subresource }) => ({
      ...(manager !== undefined && { manager }),
      ...(operation !== undefined && { operation }),
      ...(subresource !== undefined && { subresource }),
    }));
    Object.assign(object.metadata, { managedFields });
  }
  return object;
}

const nameOf = (object: Pick<KubeObject, 'metadata'>) => ({
  namespace: object.metadata.namespace,
  name: object.metadata.name,
});

function sameController(a: KubeObject, b: KubeObject): boolean {
  const owner = controllerOf(a);
  return owner !== undefined && owner.uid === controllerOf(b)?.uid;
}

function ownerInWords(object: KubeObject): string {
  const owner = controllerOf(object);
  if (owner !== undefined) return `${owner.kind} "${owner.name}"`;
  const manager = object.metadata.managedFields?.find((entry) => entry.subresource === undefined)?.manager;
  return manager === undefined ? 'no controller' : `no controller (written by "${manager}")`;
}

const isPlain = (entry: ManagedFieldsEntry, manager: string, operation: string): boolean =>
  entry.manager === manager && entry.operation === operation && (entry.subresource ?? '') === '';

/** Rule 3 above. Does nothing where no record of a create is left. */
async function claimCreatedFields<T extends KubeObject>(
  resources: Resources,
  type: ResourceType<T>,
  observed: T,
  options: ChildOptions<T>,
): Promise<void> {
  const manager = options.fieldManager;
  // First by what the cache says; where that is too little, or turns out to be old, by what the server says.
  for (let reads = 0; ; reads += 1) {
    const fresh = reads > 0;
    const object: KubeObject = fresh ? await resources.get(type, nameOf(observed), options) : observed;
    const operations = claim(object, manager);
    if (operations === 'nothing to do') return;
    if (operations === 'needs fields' && fresh) return;
    if (operations === 'needs fields') continue;
    try {
      await resources.jsonPatch(type, nameOf(observed), operations, options);
      return;
    } catch (error) {
      // A `test` that does not hold is answered as Invalid.
      if (!isInvalid(error) || reads === MOST_READS) throw error;
    }
  }
}

/**
 * The JSON patch that turns the manager's `Update` record into `Apply`, or merges it into the `Apply` that is there.
 * Entries are addressed by position, so what is at a position is tested first.
 */
function claim(object: KubeObject, manager: string): JsonPatchOperation[] | 'nothing to do' | 'needs fields' {
  const entries = object.metadata.managedFields ?? [];
  const at = entries.findIndex((entry) => isPlain(entry, manager, 'Update'));
  if (at < 0) return 'nothing to do';
  const updated = `/metadata/managedFields/${at}`;
  const tests: JsonPatchOperation[] = [
    { op: 'test', path: '/metadata/uid', value: object.metadata.uid },
    { op: 'test', path: `${updated}/manager`, value: manager },
    { op: 'test', path: `${updated}/operation`, value: 'Update' },
  ];
  const appliedAt = entries.findIndex((entry) => isPlain(entry, manager, 'Apply'));
  if (appliedAt < 0) return [...tests, { op: 'replace', path: `${updated}/operation`, value: 'Apply' }];

  const fields = [entries[at]?.fieldsV1, entries[appliedAt]?.fieldsV1];
  if (fields[0] === undefined || fields[1] === undefined) return 'needs fields';
  return [
    ...tests,
    { op: 'test', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
    {
      op: 'replace',
      path: `/metadata/managedFields/${appliedAt}/fieldsV1`,
      value: union(fields[0], fields[1]),
    },
    { op: 'remove', path: updated },
  ];
}

/** A set of fields is a tree of keys without values, so the union of two sets is their deep merge. */
function union(a: object, b: object): object {
  const result: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b) as [string, object][]) {
    const mine = result[key] as object | undefined;
    result[key] = mine === undefined ? value : union(mine, value);
  }
  return result;
}
