/**
 * Reads one's own writes. A watch tells of a write a moment after it was answered; until then the cache shows the
 * world of before, and a pass that believed it would write the same again. What a write was answered stands in front
 * of the cache until the cache has caught up.
 */
import type { KubeObject } from '../runtime/resources.ts';

/** A watch that has not told of a write after this long missed it, and its cache is right. */
const KEEP_MS = 30_000;

interface OwnWrite<T> {
  /** Undefined for a deletion. */
  readonly object: T | undefined;
  readonly resourceVersion: bigint;
  readonly uid: string | undefined;
  readonly at: number;
}

export class Expectations<T extends KubeObject> {
  readonly #writes = new Map<string, OwnWrite<T>>();

  wrote(key: string, object: T, now: number): void {
    this.#writes.set(key, { object, resourceVersion: versionOf(object), uid: object.metadata.uid, at: now });
  }

  /** Asked for the deletion of this very object. */
  deleted(key: string, uid: string, now: number): void {
    this.#writes.set(key, { object: undefined, resourceVersion: 0n, uid, at: now });
  }

  /** The watch told that this very object is gone: nothing that was written of it before stands any more. */
  isGone(key: string, uid: string | undefined): void {
    if (this.#writes.get(key)?.uid === uid) this.#writes.delete(key);
  }

  /** The watch told of this object. What was written of it before is kept no longer: a fleet of copies is memory. */
  isSeen(key: string, cached: T): void {
    const write = this.#writes.get(key);
    if (write !== undefined && hasCaughtUp(write, cached)) this.#writes.delete(key);
  }

  /** The newer of what the cache shows and what was written. */
  newest(key: string, cached: T | undefined, now: number): T | undefined {
    const write = this.#writes.get(key);
    if (write === undefined) return cached;
    if (now - write.at > KEEP_MS || hasCaughtUp(write, cached)) {
      this.#writes.delete(key);
      return cached;
    }
    return write.object;
  }

  /** Keys with a write that the cache may not show yet. */
  keys(): IterableIterator<string> {
    return this.#writes.keys();
  }
}

function hasCaughtUp<T extends KubeObject>(write: OwnWrite<T>, cached: T | undefined): boolean {
  if (write.object === undefined) return cached === undefined || cached.metadata.uid !== write.uid;
  if (cached === undefined) return false;
  return versionOf(cached) >= write.resourceVersion;
}

/** Resource versions of one type are ordered numbers, as the API conventions have it since Kubernetes 1.35. */
function versionOf(object: KubeObject): bigint {
  const text = object.metadata.resourceVersion ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}
