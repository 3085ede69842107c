/**
 * Equal parts are kept once. Of a thousand platforms most say the same almost everywhere: what the schema fills in, a probe, a
 * security context. They are compared with one that is there already, so nothing has to be looked up, and nothing grows.
 */

/**
 * A value that reads the same, in the same order, made of the parts of `like` wherever they are equal; `like` itself where
 * all is equal. Changes neither. Both are plain: maps, lists, texts, numbers and the like.
 */
export function withPartsOf<T>(value: T, like: unknown): T {
  // Of two equal texts the one that is there already.
  if (value === like) return like as T;
  if (!isParent(value) || !isParent(like) || Array.isArray(value) !== Array.isArray(like)) return value;
  const keys = Object.keys(value);
  const others = Object.keys(like);
  let isSame = keys.length === others.length;
  let copy: T & Record<string, unknown> = value;
  for (const [index, key] of keys.entries()) {
    // An assignment to this one would be another thing. Nobody writes it.
    const isShared = key !== '__proto__' && Object.hasOwn(like, key);
    const part = isShared ? withPartsOf(value[key], like[key]) : value[key];
    // What reads the same in another order is hashed and written otherwise.
    isSame &&= isShared && others[index] === key && part === like[key];
    if (!isShared) continue;
    if (copy === value)
      copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as typeof copy;
    (copy as Record<string, unknown>)[key] = part;
  }
  return isSame ? (like as T) : copy;
}

const isParent = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Names are the users' in part. */
const MOST_NAMES = 100;

/** What came last under each name, for the next one to take its parts from. */
export class LatestParts {
  readonly #latest = new Map<string, unknown>();

  share<T>(name: string, value: T): T {
    const shared = withPartsOf(value, this.#latest.get(name));
    // In the order of their last use.
    this.#latest.delete(name);
    this.#latest.set(name, shared);
    const [oldest = name] = this.#latest.keys();
    if (this.#latest.size > MOST_NAMES) this.#latest.delete(oldest);
    return shared;
  }
}
