/** Reads Secrets of one namespace, one by one and by name: the only verb on Secrets that the operator needs is `get`. */
import type { ReadSecret } from '../../src/sources/port.ts';
import type { Resources } from '../runtime/resources.ts';
import { SECRETS } from './kinds.ts';

export function secretReader(resources: Resources, namespace: string): ReadSecret {
  return async (name, signal) => {
    const secret = await resources.find(SECRETS, { namespace, name }, { signal });
    if (secret === undefined) return undefined;
    return Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString('utf8'),
      ]),
    );
  };
}
