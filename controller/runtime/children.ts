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
 */
import { isAlreadyExists, isInvalid } from './errors.ts';
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
    throw new ChildOwnedByOther(type.kind, desired.metadata.name ?? '', ownerInWords(live), isControlled);
  }
  await claimCreatedFields(resources, type, live, options);
  const uid = live.metadata.uid;
  const body: T = { ...desired, metadata: { ...desired.metadata, ...(uid !== undefined && { uid }) } };
  const object = await resources.apply(type, body, options);
  const unchanged =
    object.metadata.resourceVersion !== undefined &&
    object.metadata.resourceVersion === live.metadata.resourceVersion;
  return { object, outcome: unchanged ? 'unchanged' : 'applied' };
}

/**
 * Drops the bulk of `metadata.managedFields` (often half of an object) and keeps what `writeChild` and
 * `managersOf` look at. Made to be, or to be part of, the transform of a `ListWatch`.
 */
export function slimManagedFields<T extends KubeObject>(object: T): T {
  const entries = object.metadata.managedFields;
  if (entries !== undefined) {
    object.metadata.managedFields = entries.map(({ manager, operation, subresource }) => ({
      ...(manager !== undefined && { manager }),
      ...(operation !== undefined && { operation }),
      ...(subresource !== undefined && { subresource }),
    }));
  }
  return object;
}

const nameOf = (object: KubeObject) => ({
  namespace: object.metadata.namespace,
  name: object.metadata.name ?? '',
});

function sameController(a: KubeObject, b: KubeObject): boolean {
  const owner = controllerOf(a);
  return owner !== undefined && owner.uid === controllerOf(b)?.uid;
}

function ownerInWords(object: KubeObject): string {
  const owner = controllerOf(object);
  if (owner !== undefined) return `${owner.kind} "${owner.name}"`;
  const manager = object.metadata.managedFields?.find((entry) => entry.subresource === undefined)?.manager;
  return manager === undefined ? 'nobody' : `nobody in particular (written by "${manager}")`;
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
  for (const fresh of [false, true]) {
    const object: KubeObject = fresh ? await resources.get(type, nameOf(observed), options) : observed;
    const operations = claim(object, manager);
    if (operations === 'nothing to do') return;
    if (operations === 'needs fields') continue;
    try {
      await resources.jsonPatch(type, nameOf(observed), operations, options);
      return;
    } catch (error) {
      // A `test` that does not hold is answered as Invalid.
      if (!isInvalid(error) || fresh) throw error;
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
