/**
 * Equal strings and equal parts of objects are kept once. JSON.parse makes each anew, and most of what the objects of a fleet
 * say is the same: of the objects of 1,000 platforms three strings of five are copies, and half of what is left are probes,
 * security contexts and the like that another object has, too.
 *
 *     transform: (object) => pool.share(object, 'CronJob/hourly')     // of a ListWatch: the object is new, and nobody has it yet
 *
 * Strings are looked up. Parts are compared with those of the last object that is like this one, as its caller says: nothing is
 * hashed, and where the two agree no string is looked up either.
 */

/** Strings in a generation. What was not seen for two of them is forgotten; whoever holds it keeps it. */
const MOST = 5_000;
/** Longer texts are seldom alike, and take long to compare. */
const LONGEST = 1_000;
/** Kinds of objects of which the last one is kept; what they are called may be the users'. */
const MOST_KINDS = 100;

type Fields = Record<string, unknown>;

export class PartPool {
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  /** In the order in which they were last seen. */
  readonly #latest = new Map<string, object>();

  /**
   * The same object, each of its strings replaced by the one that is kept, and each of its parts by the equal one of the last
   * object of that kind. Names of fields are kept once by the engine.
   */
  share<T extends object>(object: T, kind: string): T {
    const latest = this.#latest.get(kind);
    this.#share(object as Fields, latest as Fields | undefined);
    this.#latest.delete(kind);
    this.#latest.set(kind, object);
    const [oldest = kind] = this.#latest.keys();
    if (this.#latest.size > MOST_KINDS) this.#latest.delete(oldest);
    return object;
  }

  /** Says whether the two are the same, in the same order, once all that they have in common is shared. */
  #share(fields: Fields, like: Fields | undefined): boolean {
    const keys = Object.keys(fields);
    const others = like && Object.keys(like);
    let isSame = others?.length === keys.length;
    for (const [index, key] of keys.entries()) {
      // In another order it reads otherwise. Mostly it is the same one, and then nothing is to be looked up.
      const isThere = others?.[index] === key || (like !== undefined && Object.hasOwn(like, key));
      isSame &&= others?.[index] === key;
      const field = fields[key];
      const other = isThere ? like![key] : undefined;
      if (typeof field === 'string') {
        if (field === other) fields[key] = other;
        else {
          fields[key] = this.#one(field);
          isSame = false;
        }
      } else if (isParent(field)) {
        const isAlike = isParent(other) && Array.isArray(other) === Array.isArray(field);
        if (this.#share(field, isAlike ? other : undefined)) fields[key] = other;
        else isSame = false;
      } else isSame &&= field === other;
    }
    return isSame;
  }

  #one(text: string): string {
    if (text.length > LONGEST) return text;
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const one = this.#old.get(text) ?? text;
    if (this.#young.size >= MOST) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(one, one);
    return one;
  }
}

const isParent = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
