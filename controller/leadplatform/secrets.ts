/** Reads Secrets one by one and by name: the only verb on Secrets that the operator needs is `get`. */
import { Shared } from '../../src/sources/shared.ts';
import type { ReadSecret } from '../../src/sources/port.ts';
import type { Resources } from '../runtime/resources.ts';
import { SECRETS } from './kinds.ts';

/**
 * How long one answer serves everybody who asks for the same Secret. Each store of each platform asks once a minute, and
 * when it starts at several places: a thousand platforms that start together would queue up thousands of reads before
 * their first write. Shorter than the wait after a refused credential, so that a new password is found as soon as ever.
 */
const SHARE_MS = 10_000;
/** It runs for everybody who asks, so it ends by itself and by nobody's signal. */
const TIMEOUT_MS = 10_000;

export class SecretReader {
  readonly #resources: Resources;
  readonly #shared = new Shared();

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  /** The reader for the platforms of one namespace. */
  of(namespace: string): ReadSecret {
    return (name, signal) => {
      signal.throwIfAborted();
      const read = () => this.#read(namespace, name);
      // One that is missing is looked for again: somebody may be about to create it.
      const keep = (data: Awaited<ReturnType<ReadSecret>>) => data !== undefined;
      return this.#shared.get(`${namespace}/${name}`, performance.now(), SHARE_MS, read, keep);
    };
  }

  async #read(namespace: string, name: string): ReturnType<ReadSecret> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const secret = await this.#resources.find(SECRETS, { namespace, name }, { signal });
    if (secret === undefined) return undefined;
    return Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString('utf8'),
      ]),
    );
  }
}
